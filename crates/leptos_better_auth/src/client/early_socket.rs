//! The live client's socket, opened and authenticated while the module is loading.

use crate::{AuthBootstrap, mask::LETTERS};

/// Returns a script that opens and authenticates the live client's socket, for a page of islands that loads its module
/// by a script: run it before that. It takes the token from the page's
/// [`ConvexBetterAuthIsland`](crate::ConvexBetterAuthIsland), so it belongs in a `<script type="module">`, which the
/// browser runs once the page is parsed.
///
/// Without it, or when it fails, the client opens the socket itself.
#[must_use]
pub fn early_socket_script(bootstrap: &AuthBootstrap) -> String {
    let letters = String::from_utf8_lossy(LETTERS);
    let token = [
        "(()=>{const island=document.querySelector(\"leptos-island[data-component^=ConvexBetterAuthIsland]\"),",
        // The line of the bootstrap's text form with the masked token.
        "line=JSON.parse(island.dataset.props).bootstrap.split(\"\\n\")[5],",
        "letters=\"",
        &letters,
        "\",half=line.length/2,place=(at)=>letters.indexOf(line[at]);",
        // Like `unmask`, from the end.
        "let token=\"\";for(let at=half;at--;)token=letters[(place(half+at)+65-place(at))%65]+token;",
        "return token})()",
    ]
    .concat();
    leptos_convex::early_socket_script(&bootstrap.convex_url, &token)
}
