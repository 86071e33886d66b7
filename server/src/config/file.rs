//! The file `.env.local`, read by the rules of npm dotenv. The environment and the command line take precedence.

use std::{ffi::OsString, fs, io};

use clap::{Arg, Command, builder::Resettable, error::ErrorKind, parser::ValueSource};
use env_file::EnvFile;

use super::ConfigError;

/// Reads the file. A missing file counts as empty.
pub(super) fn read(path: &str) -> Result<EnvFile, ConfigError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(env_file::parse(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(EnvFile::default()),
        Err(error) => Err(ConfigError::EnvFile(error)),
    }
}

/// Lets an empty variable of the environment, such as `SITE_URL=`, count as unset unless the setting can be empty.
pub(super) fn without_empty(command: Command) -> Command {
    let reference = command.clone();
    command.mut_args(|argument| {
        let is_empty = std::env::var_os(argument.get_env().unwrap_or_default())
            .is_some_and(|value| value.is_empty());
        if is_empty && !takes_empty(&reference, &argument) {
            return argument.env(Resettable::Reset);
        }
        argument
    })
}

/// Returns whether an empty value is a valid one, as of a list.
fn takes_empty(command: &Command, argument: &Arg) -> bool {
    let flag = argument.get_long().unwrap_or_default();
    check(command, &format!("--{flag}=").into()).is_ok()
}

/// Checks one argument alone.
fn check(command: &Command, argument: &OsString) -> Result<(), clap::Error> {
    let alone = [OsString::from("server"), argument.clone()];
    command.clone().try_get_matches_from(alone).map(drop)
}

/// Adds the file's values to the command line, unless environment or command line set them.
///
/// The values become arguments, because changing this process' environment is unsafe.
pub(super) fn with_args(
    command: &Command,
    file: &EnvFile,
    args: impl IntoIterator<Item = impl Into<OsString>>,
) -> Result<Vec<OsString>, clap::Error> {
    let mut args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let given = command.clone().try_get_matches_from(&args)?;
    for argument in command.get_arguments() {
        let name = argument.get_env().and_then(|name| name.to_str());
        let value = name.and_then(|name| file.get(name));
        let is_open = matches!(
            given.value_source(argument.get_id().as_str()),
            None | Some(ValueSource::DefaultValue)
        );
        if let (Some(name), Some(value), Some(flag), true) =
            (name, value, argument.get_long(), is_open)
            && argument.get_action().takes_values()
        {
            let argument = OsString::from(format!("--{flag}={value}"));
            // One at a time, so that an error names the variable in the file.
            match check(command, &argument) {
                Ok(()) => args.push(argument),
                Err(_) if value.is_empty() => {}
                Err(error) => {
                    let text = format!("{name} in .env.local: {}", plain(&error));
                    return Err(command.clone().error(ErrorKind::ValueValidation, text));
                }
            }
        }
    }
    Ok(args)
}

/// Returns the message without clap's "error: " and usage lines.
fn plain(error: &clap::Error) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    first.trim_start_matches("error: ").to_owned()
}
