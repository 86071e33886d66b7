use super::*;

#[test]
fn a_refusal_is_decoded_with_its_code_and_message() {
    let body = br#"{"message":"Invalid email or password","code":"INVALID_EMAIL_OR_PASSWORD"}"#;
    let error = AuthError::from_answer(401, None, body);
    assert_eq!(error.code, AuthErrorCode::InvalidEmailOrPassword);
    assert_eq!(error.message, "Invalid email or password");
    assert!(!error.is_transient());
}

#[test]
fn a_rate_limit_without_a_code_is_too_many_requests() {
    let body = br#"{"message":"Too many requests. Please try again later."}"#;
    let error = AuthError::from_answer(429, None, body);
    assert_eq!(error.code, AuthErrorCode::TooManyRequests);
    assert_eq!(error.message, "Too many requests. Please try again later.");
    assert!(error.is_transient());
}

#[test]
fn a_rate_limit_says_when_to_try_again() {
    let said = |status, seconds| AuthError::from_answer(status, Some(seconds), b"{}");
    let error = said(429, 9);
    assert_eq!(error.message, "Too many attempts. Try again in 9 seconds.");
    assert_eq!(error.retry_after, Some(9));
    assert_eq!(
        said(429, 1).message,
        "Too many attempts. Try again in 1 second."
    );
    for (seconds, when) in [
        (119, "119 seconds"),
        (120, "2 minutes"),
        (3599, "60 minutes"),
    ] {
        let message = format!("Too many attempts. Try again in {when}.");
        assert_eq!(said(429, seconds).message, message);
    }
    // With other statuses, the header is ignored: it may come from a proxy.
    assert_eq!(said(503, 9).retry_after, None);
}

#[test]
fn an_answer_that_is_not_json_becomes_an_error_with_a_message() {
    let error = AuthError::from_answer(502, None, b"<html>Bad gateway</html>");
    assert_eq!(error.code, AuthErrorCode::Unreachable);
    assert!(!error.message.is_empty() && !error.message.contains('<'));
    assert!(error.is_transient());
}

#[test]
fn unknown_codes_survive_a_round_trip() {
    let error = AuthError::new("PLUGIN_SAYS_NO".into_code(), "no", 400);
    let json = serde_json::to_string(&error).expect("serializes");
    assert!(json.contains("\"PLUGIN_SAYS_NO\""), "{json}");
    assert_eq!(
        serde_json::from_str::<AuthError>(&json).expect("parses"),
        error
    );
}

#[test]
fn an_error_survives_its_way_through_a_server_function() {
    let error = AuthError::new(AuthErrorCode::PasswordTooShort, "Password too short", 400);
    assert_eq!(AuthError::de(error.ser()), error);
}

trait IntoCode {
    fn into_code(self) -> AuthErrorCode;
}

impl IntoCode for &str {
    fn into_code(self) -> AuthErrorCode {
        AuthErrorCode::from(self)
    }
}
