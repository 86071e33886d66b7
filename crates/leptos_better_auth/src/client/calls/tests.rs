//! Tests of the client's requests and of the answers it decodes. `tests/client_calls.test.ts` checks with the same file
//! that Better Auth accepts the requests.

use std::sync::{Arc, Mutex};

use futures::executor::block_on;
use futures::future::{BoxFuture, ready};
use serde_json::{Value, json};

use crate::*;

/// The method, path and body of every call. The JavaScript test reads this file, too.
const CALLS: &str = include_str!("../../../tests/client_calls.json");

/// A Better Auth that gives the same answer to every request, and records the requests.
#[derive(Clone)]
struct Fake {
    asked: Arc<Mutex<Vec<AuthRequest>>>,
    status: u16,
    body: Value,
}

impl Fake {
    fn answering(status: u16, body: Value) -> Self {
        Self {
            asked: Arc::default(),
            status,
            body,
        }
    }

    /// Returns a fake whose answer has every field that a call reads.
    fn generous() -> Self {
        Self::answering(
            200,
            json!({
                "id": "u1", "token": "t", "user": { "id": "u1", "name": "Ann" }, "status": true,
                "session": { "id": "s1", "token": "st" }, "url": "https://github.example/authorize",
                "totpURI": "otpauth://totp/App:ann?secret=S", "backupCodes": ["one", "two"],
                "accessToken": "at", "scopes": ["email"], "message": "User deleted",
            }),
        )
    }

    fn client(&self) -> AuthClient {
        AuthClient::new("/api/auth/").with_fetch(self.clone())
    }

    fn take(&self) -> Vec<Value> {
        let asked = std::mem::take(&mut *self.asked.lock().expect("lock"));
        asked.iter().map(written).collect()
    }
}

impl AuthFetch for Fake {
    fn fetch(&self, request: AuthRequest) -> BoxFuture<'static, Result<AuthResponse, AuthError>> {
        let is_list = request.url.contains("/list-");
        self.asked.lock().expect("lock").push(request);
        let body = if is_list {
            json!([])
        } else {
            self.body.clone()
        };
        Box::pin(ready(Ok(AuthResponse {
            status: self.status,
            retry_after: None,
            body: body.to_string(),
        })))
    }
}

fn written(request: &AuthRequest) -> Value {
    let path = request.url.strip_prefix("/api/auth").expect("base path");
    match &request.body {
        Some(body) => {
            let body: Value = serde_json::from_str(body).expect("JSON");
            json!({ "method": "POST", "path": path, "body": body })
        }
        None => json!({ "method": "GET", "path": path }),
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Runs each `name: call`, and returns the requests with the names.
macro_rules! record {
    ($fake:ident; $($name:literal: $call:expr;)+) => {{
        let mut calls = Vec::new();
        $(
            block_on($call).expect($name);
            for mut asked in $fake.take() {
                asked["call"] = $name.into();
                calls.push(asked);
            }
        )+
        calls
    }};
}

fn code() -> TwoFactorCode {
    TwoFactorCode::new("123 456")
}

fn otp() -> EmailOtp {
    EmailOtp {
        email: "ann@example.com".to_owned(),
        otp: "123456".to_owned(),
    }
}

fn entering(fake: &Fake) -> Vec<Value> {
    let client = fake.client();
    let email = || "ann@example.com".to_owned();
    let password = || "correct horse".to_owned();
    let page = || some("/dashboard");
    record! { fake;
        "signUp.email": client.sign_up().email(SignUpEmail {
            name: "Ann".to_owned(), email: email(), password: password(), image: None, callback_url: page(),
        });
        "signIn.email": client.sign_in().email(SignInEmail {
            email: email(), password: password(), remember_me: Some(false), callback_url: page(),
        });
        "signIn.social": client.sign_in().social(SignInSocial {
            error_callback_url: some("/sign-in"),
            new_user_callback_url: some("/welcome"),
            scopes: Some(vec!["repo".to_owned()]),
            login_hint: some("ann"),
            request_sign_up: Some(true),
            ..SignInSocial::new("github", "/dashboard")
        });
        "signIn.magicLink": client.sign_in().magic_link(SignInMagicLink {
            email: email(), name: some("Ann"), callback_url: page(),
            new_user_callback_url: some("/welcome"), error_callback_url: some("/sign-in"),
        });
        "magicLink.verify": client.magic_link().verify("tok");
        "signIn.emailOtp": client.sign_in().email_otp(otp());
        "signIn.anonymous": client.sign_in().anonymous();
        "deleteAnonymousUser": client.delete_anonymous_user();
        "getSession": client.fetch::<Value>("/get-session", None);
        "signOut": client.sign_out();
        "requestPasswordReset": client.request_password_reset(RequestPasswordReset {
            email: email(), redirect_to: some("/reset-password"),
        });
        "resetPassword": client.reset_password(ResetPassword {
            new_password: password(), token: "tok".to_owned(),
        });
        "sendVerificationEmail": client.send_verification_email(SendVerificationEmail {
            email: email(), callback_url: page(),
        });
        "verifyEmail": client.verify_email("a+b");
        "emailOtp.sendVerificationOtp":
            client.email_otp().send_verification_otp("ann@example.com", EmailOtpKind::SignIn);
        "emailOtp.checkVerificationOtp":
            client.email_otp().check_verification_otp(&otp(), EmailOtpKind::EmailVerification);
        "emailOtp.verifyEmail": client.email_otp().verify_email(otp());
        "emailOtp.requestPasswordReset": client.email_otp().request_password_reset("ann@example.com");
        "emailOtp.resetPassword": client.email_otp().reset_password(ResetPasswordOtp {
            email: email(), otp: "123456".to_owned(), password: password(),
        });
        "emailOtp.requestEmailChange":
            client.email_otp().request_email_change("new@example.com", Some("123456"));
        "emailOtp.changeEmail": client.email_otp().change_email("new@example.com", "123456");
        "oneTimeToken.generate": client.one_time_token().generate();
        "convex.token": client.convex().token();
    }
}

fn settings(fake: &Fake) -> Vec<Value> {
    let client = fake.client();
    let password = || "correct horse".to_owned();
    record! { fake;
        "updateUser": client.update_user(UpdateUser { name: some("Ann B."), image: Some(None) });
        "changeEmail": client.change_email(ChangeEmail {
            new_email: "new@example.com".to_owned(), callback_url: some("/settings"),
        });
        "changePassword": client.change_password(ChangePassword {
            current_password: password(), new_password: "battery staple".to_owned(), revoke_other_sessions: true,
        });
        "verifyPassword": client.verify_password("correct horse");
        "deleteUser": client.delete_user(DeleteUser {
            password: Some(password()), token: some("tok"), callback_url: some("/"),
        });
        "listSessions": client.list_sessions();
        "revokeSession": client.revoke_session("st");
        "revokeSessions": client.revoke_sessions();
        "revokeOtherSessions": client.revoke_other_sessions();
        "listAccounts": client.list_accounts();
        "linkSocial": client.link_social(LinkSocial {
            provider: "github".to_owned(), callback_url: some("/settings"),
            error_callback_url: some("/settings"), scopes: Some(vec!["repo".to_owned()]),
        });
        "unlinkAccount": client.unlink_account(ProviderAccount::at("github"));
        "getAccessToken": client.get_access_token(ProviderAccount::at("github"));
        "refreshToken": client.refresh_token(ProviderAccount { account_id: some("583"), ..ProviderAccount::at("github") });
        "accountInfo": client.account_info(&ProviderAccount { account_id: some("a&b"), ..ProviderAccount::at("github") });
        "twoFactor.enable": client.two_factor().enable("correct horse");
        "twoFactor.disable": client.two_factor().disable("correct horse");
        "twoFactor.getTotpUri": client.two_factor().get_totp_uri("correct horse");
        "twoFactor.verifyTotp": client.two_factor().verify_totp(code());
        "twoFactor.sendOtp": client.two_factor().send_otp();
        "twoFactor.verifyOtp": client.two_factor().verify_otp(code());
        "twoFactor.verifyBackupCode": client.two_factor().verify_backup_code(TwoFactorCode { trust_device: true, ..code() });
        "twoFactor.generateBackupCodes": client.two_factor().generate_backup_codes("correct horse");
    }
}

#[test]
fn each_call_asks_what_the_javascript_client_asks() {
    let fake = Fake::generous();
    let calls = Value::from([entering(&fake), settings(&fake)].concat());
    let known: Value = serde_json::from_str(CALLS).expect("JSON");
    let now = serde_json::to_string_pretty(&calls).expect("JSON");
    assert!(calls == known, "tests/client_calls.json should be:\n{now}");
}

#[test]
fn answers_are_decoded() {
    let client = Fake::generous().client();
    let setup = block_on(client.two_factor().enable("p")).expect("setup");
    assert_eq!((setup.secret(), setup.backup_codes.len()), (Some("S"), 2));
    let codes = block_on(client.two_factor().generate_backup_codes("p"));
    assert_eq!(codes.expect("codes"), ["one", "two"]);
    let user = block_on(client.two_factor().verify_totp(code())).expect("user");
    assert_eq!(user.name, "Ann");
    let token = block_on(client.get_access_token(ProviderAccount::at("github"))).expect("token");
    assert_eq!((token.access_token.as_str(), token.scopes.len()), ("at", 1));
    assert_eq!(block_on(client.convex().token()).expect("token"), some("t"));
}

#[test]
fn deleting_an_account_returns_whether_a_mail_asks_for_confirmation() {
    let delete = |message| {
        let fake = Fake::answering(200, json!({ "success": true, "message": message }));
        block_on(fake.client().delete_user(DeleteUser::default())).expect("answer")
    };
    assert_eq!(delete("User deleted"), AccountDeletion::Deleted);
    assert_eq!(
        delete("Verification email sent"),
        AccountDeletion::ConfirmationSent
    );
}

#[test]
fn a_refusal_has_better_auth_s_code_text_and_status() {
    let refusal = json!({ "code": "INVALID_CODE", "message": "Invalid code" });
    let client = Fake::answering(401, refusal).client();
    let error = block_on(client.two_factor().verify_totp(code())).expect_err("refused");
    assert_eq!(error.code, AuthErrorCode::InvalidCode);
    assert_eq!(
        (error.message.as_str(), error.status),
        ("Invalid code", 401)
    );

    let wrong = json!({ "code": "INVALID_PASSWORD", "message": "Invalid password" });
    let client = Fake::answering(400, wrong).client();
    assert_eq!(block_on(client.verify_password("no")), Ok(false));
}

#[test]
fn being_signed_out_is_not_an_error() {
    let client = Fake::answering(401, json!({ "code": "UNAUTHORIZED" })).client();
    assert_eq!(block_on(client.get_session()), Ok(None));
    assert_eq!(block_on(client.convex().token()), Ok(None));
    let signed_out = Fake::answering(200, Value::Null).client();
    assert_eq!(block_on(signed_out.get_session()), Ok(None));
}

#[test]
fn an_answer_of_another_shape_is_an_error() {
    for body in [json!(null), json!("text"), json!([1]), json!({ "user": 3 })] {
        let client = Fake::answering(200, body).client();
        assert!(block_on(client.two_factor().enable("p")).is_err());
        assert!(block_on(client.two_factor().generate_backup_codes("p")).is_err());
        assert!(block_on(client.change_password(ChangePassword::default())).is_err());
        assert!(block_on(client.get_access_token(ProviderAccount::default())).is_err());
        assert!(block_on(client.one_time_token().generate()).is_err());
    }
}

#[test]
fn a_redeemed_one_time_token_fetches_its_own_session() {
    let fake = Fake::generous();
    block_on(fake.client().one_time_token().verify("tok")).expect("redeemed");
    let asked = fake.asked.lock().expect("lock");
    assert_eq!(asked[0].url, "/api/auth/cross-domain/one-time-token/verify");
    assert_eq!(asked[1].bearer.as_deref(), Some("st"));
}

#[test]
fn debug_output_of_requests_contains_no_secrets() {
    let request = AuthRequest {
        url: "/api/auth/verify-email?token=tok".to_owned(),
        body: some("correct horse"),
        bearer: some("st"),
    };
    let texts = [
        format!("{request:?}"),
        format!("{:?}", code()),
        format!("{:?}", otp()),
        format!(
            "{:?}",
            ResetPassword {
                new_password: "correct horse".to_owned(),
                token: "tok".to_owned()
            }
        ),
    ];
    for text in texts {
        for secret in ["correct horse", "tok", "123456", "\"st\""] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
