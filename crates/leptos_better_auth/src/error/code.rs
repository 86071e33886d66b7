//! Better Auth's error codes.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// The reason for a refusal: Better Auth's `code`, or one of ours if it sends none.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        #[non_exhaustive]
        pub enum AuthErrorCode {
            $($(#[$doc])* $name,)*
            /// A code this crate has no name for.
            Other(String),
        }

        impl From<&str> for AuthErrorCode {
            fn from(code: &str) -> Self {
                match code {
                    $($code => Self::$name,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl AuthErrorCode {
            /// Returns the code as Better Auth writes it, such as `INVALID_EMAIL_OR_PASSWORD`.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $code,)*
                    Self::Other(code) => code,
                }
            }

            /// Returns a sentence for answers without one.
            pub(super) fn text(&self) -> String {
                match self {
                    $(Self::$name => $text.to_owned(),)*
                    Self::Other(code) => format!("The request was refused ({code})."),
                }
            }
        }
    };
}

codes! {
    /// Wrong password, or no such account; they are not distinguished.
    InvalidEmailOrPassword = "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password";
    /// Not an email address.
    InvalidEmail = "INVALID_EMAIL", "Invalid email";
    /// The current password is wrong (change of password, deletion).
    InvalidPassword = "INVALID_PASSWORD", "Invalid password";
    /// The address has to be confirmed first.
    EmailNotVerified = "EMAIL_NOT_VERIFIED", "Email not verified";
    /// Shorter than the minimum (8 by default).
    PasswordTooShort = "PASSWORD_TOO_SHORT", "Password too short";
    /// Longer than the maximum (128 by default).
    PasswordTooLong = "PASSWORD_TOO_LONG", "Password too long";
    /// An account with this address exists.
    UserAlreadyExists = "USER_ALREADY_EXISTS", "User already exists.";
    /// The same, with the hint to use another address.
    UserAlreadyExistsUseAnotherEmail =
        "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email.";
    /// No such user.
    UserNotFound = "USER_NOT_FOUND", "User not found";
    /// A required field is missing or of the wrong kind.
    ValidationError = "VALIDATION_ERROR", "Something in the form is missing or wrong.";
    /// The body could not be read.
    BadRequest = "BAD_REQUEST", "The request could not be read.";
    /// The social provider is not configured.
    ProviderNotFound = "PROVIDER_NOT_FOUND", "Provider not found";
    /// The account has no password.
    CredentialAccountNotFound = "CREDENTIAL_ACCOUNT_NOT_FOUND", "Credential account not found";
    /// The only way to sign in cannot be removed.
    FailedToUnlinkLastAccount =
        "FAILED_TO_UNLINK_LAST_ACCOUNT", "You can't unlink your last account";
    /// The session is too old for this; sign in again.
    SessionNotFresh = "SESSION_NOT_FRESH", "Session is not fresh";
    /// The session has expired; sign in again.
    SessionExpired = "SESSION_EXPIRED", "Session expired. Re-authenticate to perform this action.";
    /// The link or code is not valid.
    InvalidToken = "INVALID_TOKEN", "Invalid token";
    /// The link or code has expired.
    TokenExpired = "TOKEN_EXPIRED", "Token expired";
    /// The code of the second factor is wrong.
    InvalidCode = "INVALID_CODE", "Invalid code";
    /// The backup code is wrong, or was used before.
    InvalidBackupCode = "INVALID_BACKUP_CODE", "Invalid backup code";
    /// The sign-in waited too long for its second factor; start again.
    InvalidTwoFactorCookie = "INVALID_TWO_FACTOR_COOKIE", "Invalid two factor cookie";
    /// The account has no second factor.
    TwoFactorNotEnabled = "TWO_FACTOR_NOT_ENABLED", "Two factor isn't enabled";
    /// No authenticator app has been set up.
    TotpNotEnabled = "TOTP_NOT_ENABLED", "TOTP not enabled";
    /// The code that was sent has expired.
    OtpHasExpired = "OTP_HAS_EXPIRED", "OTP has expired";
    /// Too many wrong codes; request a new one.
    TooManyAttemptsRequestNewCode = "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE",
        "Too many attempts. Please request a new code.";
    /// The code that came by mail is wrong.
    InvalidOtp = "INVALID_OTP", "Invalid OTP";
    /// The code that came by mail has expired.
    OtpExpired = "OTP_EXPIRED", "OTP expired";
    /// Too many wrong codes.
    TooManyAttempts = "TOO_MANY_ATTEMPTS", "Too many attempts";
    /// The address is confirmed already.
    EmailAlreadyVerified = "EMAIL_ALREADY_VERIFIED", "Email is already verified";
    /// The address does not belong to the signed-in person.
    EmailMismatch = "EMAIL_MISMATCH", "Email mismatch";
    /// This deployment sends no mails that confirm addresses.
    VerificationEmailNotEnabled =
        "VERIFICATION_EMAIL_NOT_ENABLED", "Verification email isn't enabled";
    /// This deployment does not let people change their address.
    ChangeEmailDisabled = "CHANGE_EMAIL_DISABLED", "Change email is disabled";
    /// The address cannot be changed along with the other fields.
    EmailCanNotBeUpdated = "EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated";
    /// No such account at a provider.
    AccountNotFound = "ACCOUNT_NOT_FOUND", "Account not found";
    /// That account at the provider is linked to somebody else.
    SocialAccountAlreadyLinked =
        "SOCIAL_ACCOUNT_ALREADY_LINKED", "Social account already linked";
    /// That account at the provider belongs to this person already.
    LinkedAccountAlreadyExists =
        "LINKED_ACCOUNT_ALREADY_EXISTS", "Linked account already exists";
    /// A guest cannot become a guest again.
    AnonymousUsersCannotSignInAgain = "ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY",
        "Anonymous users cannot sign in again anonymously";
    /// The account is not an anonymous one.
    UserIsNotAnonymous = "USER_IS_NOT_ANONYMOUS", "User is not anonymous";
    /// The request came from a site that is not trusted; see `SITE_URL`.
    InvalidOrigin = "INVALID_ORIGIN", "Invalid origin";
    /// The request had no origin.
    MissingOrNullOrigin = "MISSING_OR_NULL_ORIGIN", "Missing or null Origin";
    /// A form of another site was posted here.
    CrossSiteNavigationLoginBlocked = "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
        "Cross-site navigation login blocked. This request appears to be a CSRF attack.";
    /// The place to go to afterwards is not trusted.
    InvalidCallbackUrl = "INVALID_CALLBACK_URL", "Invalid callbackURL";
    /// The place to go to after an error is not trusted.
    InvalidErrorCallbackUrl = "INVALID_ERROR_CALLBACK_URL", "Invalid errorCallbackURL";
    /// The place to go to as a new user is not trusted.
    InvalidNewUserCallbackUrl = "INVALID_NEW_USER_CALLBACK_URL", "Invalid newUserCallbackURL";
    /// The place to go to is not trusted.
    InvalidRedirectUrl = "INVALID_REDIRECT_URL", "Invalid redirectURL";
    /// No session.
    Unauthorized = "UNAUTHORIZED", "Unauthorized";
    /// Known, but not allowed.
    Forbidden = "FORBIDDEN", "Forbidden";
    /// No such route.
    NotFound = "NOT_FOUND", "Not found";
    /// Too many tries.
    TooManyRequests = "TOO_MANY_REQUESTS", "Too many requests. Please try again later.";
    /// Ours: the body is over the proxy's limit.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", "The request is too large.";
    /// Ours: no answer came.
    Unreachable = "UNREACHABLE", "The sign-in service cannot be reached. Please try again.";
    /// Ours: the upstream took too long.
    UpstreamTimeout = "UPSTREAM_TIMEOUT", "The sign-in service took too long. Please try again.";
    /// Ours: an answer came that is not Better Auth's.
    UnexpectedAnswer = "UNEXPECTED_ANSWER", "Something went wrong. Please try again.";
    /// Ours: called in a place that cannot do it, such as a browser-only call during server rendering.
    NotAvailable = "NOT_AVAILABLE", "This is not available here.";
}

impl AuthErrorCode {
    /// Returns the closest code for an answer without one.
    pub(super) fn of_status(status: u16) -> Self {
        match status {
            0 | 502 | 503 => Self::Unreachable,
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            413 => Self::PayloadTooLarge,
            429 => Self::TooManyRequests,
            408 | 504 => Self::UpstreamTimeout,
            400..=499 => Self::BadRequest,
            _ => Self::UnexpectedAnswer,
        }
    }
}

impl From<String> for AuthErrorCode {
    fn from(code: String) -> Self {
        Self::from(code.as_str())
    }
}

impl From<AuthErrorCode> for String {
    fn from(code: AuthErrorCode) -> Self {
        code.as_str().to_owned()
    }
}
