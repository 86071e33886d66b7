pub(crate) struct Fake;
