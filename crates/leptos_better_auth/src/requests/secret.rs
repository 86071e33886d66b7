//! Requests that carry something nobody should read in a log.

/// `Debug` with the type's name alone.
macro_rules! keep_secret {
    ($($name:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $name {
            /// Leaves everything out.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}

pub(crate) use keep_secret;
