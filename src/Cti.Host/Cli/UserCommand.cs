// cti user: who may ask the server of `cti serve`, and what they may see and add. Edits a file; a server that runs takes it over within a second.

using System.CommandLine;
using System.Globalization;
using Cti.Core;
using Cti.Host.Serve.Web;
using Cti.Host.Sinks;

namespace Cti.Host.Cli;

internal static class UserCommand
{
    public static Command Create() =>
        new(
            "user",
            """
            Users of the server (cti serve): a name, a token, the strictest marking they see, and the sinks they may read and add to. Tokens are shown once
            and kept as hashes only.

            Examples:
              cti user add firewall --tlp green --read 'urlhaus/blocklist'
              cti user add partner --tlp amber --read 'exchange/*' --write exchange/inbox
              cti user list
              cti user rotate firewall
              cti user remove firewall
            """
        )
        {
            CreateAdd(),
            CreateList(),
            CreateRemove(),
            CreateRotate(),
        };

    private static Command CreateAdd()
    {
        var name = Name();
        var users = ServeCommand.UsersOption();
        var tlp = new Option<string>("--tlp")
        {
            Description = "The strictest marking the user sees: clear, green, amber, amber+strict or red.",
            DefaultValueFactory = _ => TlpModule.name(Tlp.Clear),
            HelpName = "TLP",
        };
        var read = Patterns(
            "--read",
            "Sinks the user may read: PIPELINE/SINK, where * stands for anything. Default: *."
        );
        var write = Patterns("--write", "Collections the user may add objects to; the same form. Default: none.");
        var command = new Command("add", "Add a user, and print the token on standard output.")
        {
            name,
            users,
            tlp,
            read,
            write,
        };
        command.Validators.Add(result =>
        {
            // A default is no value yet while what was given is looked at.
            if (result.GetValue(tlp) is { } given && TlpModule.tryParse(given).IsNone)
            {
                result.AddError($"--tlp {given}: there are {string.Join(", ", TlpModule.all.Select(TlpModule.name))}");
            }

            foreach (var pattern in (result.GetValue(read) ?? []).Concat(result.GetValue(write) ?? []))
            {
                if (!AccessRightsModule.isPattern(pattern))
                {
                    result.AddError($"{pattern}: write PIPELINE/SINK, such as urlhaus/blocklist, urlhaus/* or *");
                }
            }
        });
        command.SetAction(result =>
            Edit(
                result.GetValue(users)!,
                stored =>
                {
                    if (stored.Exists(user => user.Name == result.GetValue(name)))
                    {
                        throw new InvalidDataException(
                            $"There is a user {result.GetValue(name)} already. Give them a new token (cti user rotate), or remove them first."
                        );
                    }

                    var token = UserFile.NewToken();
                    stored.Add(
                        new StoredUser(
                            result.GetValue(name)!,
                            Convert.ToHexStringLower(UserFile.Hash(token)),
                            TlpModule.name(TlpModule.tryParse(result.GetValue(tlp)!).Value),
                            result.GetValue(read) is { Length: > 0 } reads ? reads : ["*"],
                            result.GetValue(write) ?? [],
                            TimeProvider.System.GetUtcNow()
                        )
                    );
                    return token;
                }
            )
        );
        return command;
    }

    private static Command CreateList()
    {
        var users = ServeCommand.UsersOption();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("list", "Show the users and what they may.") { users, json };
        command.SetAction(result =>
        {
            using var io = CommandIo.Console();
            try
            {
                var stored = UserFile.Read(result.GetValue(users)!);
                if (result.GetValue(json))
                {
                    JsonOutput.Write(
                        io,
                        writer =>
                        {
                            writer.WriteStartObject();
                            writer.WriteStartArray("users");
                            foreach (var user in stored)
                            {
                                writer.WriteStartObject();
                                writer.WriteString("name", user.Name);
                                writer.WriteString("max_tlp", user.MaxTlp);
                                WriteList(writer, "read", user.Read);
                                WriteList(writer, "write", user.Write);
                                writer.WriteString("changed_at", user.ChangedAt);
                                writer.WriteEndObject();
                            }

                            writer.WriteEndArray();
                            writer.WriteEndObject();
                        }
                    );
                    return ExitCode.Done;
                }

                foreach (var user in stored)
                {
                    io.Out.WriteLine(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{user.Name}: up to TLP:{user.MaxTlp.ToUpperInvariant()}, reads {Shown(user.Read)}, adds to {Shown(user.Write)}, token of {user.ChangedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}"
                        )
                    );
                }

                return ExitCode.Done;
            }
            catch (InvalidDataException error)
            {
                io.Error.WriteLine($"CTI-SERVE-003 {error.Message}");
                return ExitCode.Failed;
            }
        });
        return command;
    }

    private static Command CreateRemove() =>
        CreateEdit(
            "remove",
            "Remove a user: the token is good for a second more at most.",
            (stored, user) =>
            {
                stored.Remove(user);
                return null;
            }
        );

    private static Command CreateRotate() =>
        CreateEdit(
            "rotate",
            "Give a user a new token, and print it; the old one is good no more.",
            (stored, user) =>
            {
                var token = UserFile.NewToken();
                stored[stored.IndexOf(user)] = user with
                {
                    TokenSha256 = Convert.ToHexStringLower(UserFile.Hash(token)),
                    ChangedAt = TimeProvider.System.GetUtcNow(),
                };
                return token;
            }
        );

    // Of a user that is there.
    private static Command CreateEdit(string word, string description, Func<List<StoredUser>, StoredUser, string?> edit)
    {
        var name = Name();
        var users = ServeCommand.UsersOption();
        var command = new Command(word, description) { name, users };
        command.SetAction(result =>
            Edit(result.GetValue(users)!, stored => edit(stored, Find(stored, result.GetValue(name)!)))
        );
        return command;
    }

    // Reads the file, lets it be changed, and writes it; what comes back is printed.
    private static int Edit(string path, Func<List<StoredUser>, string?> edit)
    {
        using var io = CommandIo.Console();
        try
        {
            var stored = UserFile.Read(path).ToList();
            var token = edit(stored);
            UserFile.Write(path, stored);
            if (token is not null)
            {
                io.Out.WriteLine(token);
            }

            return ExitCode.Done;
        }
        catch (Exception error) when (error is InvalidDataException or SinkException)
        {
            io.Error.WriteLine($"CTI-SERVE-003 {error.Message}");
            return ExitCode.Failed;
        }
    }

    private static StoredUser Find(List<StoredUser> stored, string name) =>
        stored.Find(user => user.Name == name)
        ?? throw new InvalidDataException(
            $"There is no user {name}; there are: {string.Join(", ", stored.Select(user => user.Name))}."
        );

    private static string Shown(IReadOnlyList<string> patterns) =>
        patterns.Count == 0 ? "nothing" : string.Join(" ", patterns);

    private static void WriteList(System.Text.Json.Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static Argument<string> Name()
    {
        var name = new Argument<string>("name") { Description = "Lower-case letters, digits, `_`, `-` and `.`." };
        name.Validators.Add(result =>
        {
            var text = result.Tokens[0].Value;
            if (
                text.Length is 0 or > 64
                || !text.All(letter =>
                    char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '_' or '-' or '.'
                )
            )
            {
                result.AddError($"{text}: a user's name is lower-case letters, digits, _, - and ., at most 64");
            }
        });
        return name;
    }

    private static Option<string[]> Patterns(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "PIPELINE/SINK",
            AllowMultipleArgumentsPerToken = true,
        };
}
