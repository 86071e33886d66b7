//! Requests with secrets, which must not be logged.

/// Implements `Debug` with only the type's name.
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
