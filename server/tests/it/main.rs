//! The server from outside: what a client and what the person at the terminal see.

mod common;
mod config;
mod forms;
mod output;
mod security;
mod shutdown;
mod site;
