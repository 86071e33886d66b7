//! The server from outside: what a client sees, and what the person at the terminal sees.

mod common;
mod config;
mod forms;
mod output;
mod security;
mod shutdown;
mod site;
