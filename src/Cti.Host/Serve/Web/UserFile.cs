// The users of a server, in a file of their own: names, rights and hashes of tokens. A token is 256 random bits, so that a plain hash keeps it: nobody can
// try them all. The token itself is shown once, to whoever made it.

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cti.Core;
using Cti.Host.Sinks;

namespace Cti.Host.Serve.Web;

/// <summary>One user as the file has it.</summary>
/// <param name="Name">Lower-case letters, digits, `_`, `-`, `.`.</param>
/// <param name="TokenSha256">Of the token's text, hexadecimal.</param>
/// <param name="MaxTlp">The strictest marking that reaches the user.</param>
/// <param name="Read">Sinks the user may read.</param>
/// <param name="Write">Collections the user may add to.</param>
/// <param name="ChangedAt">When the token was made.</param>
internal sealed record StoredUser(
    string Name,
    string TokenSha256,
    string MaxTlp,
    IReadOnlyList<string> Read,
    IReadOnlyList<string> Write,
    DateTimeOffset ChangedAt
)
{
    public AccessRights Rights =>
        new(
            TlpModule.tryParse(MaxTlp) is { IsSome: true, Value: var tlp } ? tlp : Tlp.Clear,
            Microsoft.FSharp.Collections.ListModule.OfSeq(Read),
            Microsoft.FSharp.Collections.ListModule.OfSeq(Write)
        );
}

/// <summary>The file's content.</summary>
internal sealed record StoredUsers(IReadOnlyList<StoredUser> Users);

[JsonSerializable(typeof(StoredUsers))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
internal sealed partial class UserJson : JsonSerializerContext;

internal static class UserFile
{
    /// <summary>Where it is if nobody says otherwise.</summary>
    public const string Default = "cti-users.json";

    private const string Prefix = "cti_";

    /// <summary>The users; none where there is no file.</summary>
    /// <exception cref="InvalidDataException">The file is not one of users; the message says what to do.</exception>
    public static IReadOnlyList<StoredUser> Read(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            var users = JsonSerializer.Deserialize(File.ReadAllBytes(path), UserJson.Default.StoredUsers);
            return users?.Users is { } found && found.All(IsWhole)
                ? found
                : throw new InvalidDataException($"{path} is no file of users: one of them is not whole.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path} is no file of users: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Writes all of them, whole or not at all, for its owner's eyes only.</summary>
    /// <exception cref="SinkException">The place cannot be written.</exception>
    public static void Write(string path, IEnumerable<StoredUser> users)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(
            new StoredUsers([.. users.OrderBy(user => user.Name, StringComparer.Ordinal)]),
            UserJson.Default.StoredUsers
        );
        using var file = new AtomicFile(path);
        file.Write(content);
        file.Write("\n"u8);
        var sealedPath = file.Seal();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(sealedPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        file.Replace();
    }

    /// <summary>A new token: 256 random bits.</summary>
    public static string NewToken() => Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>What is kept of a token.</summary>
    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static bool IsWhole(StoredUser user) =>
        user is { Name.Length: > 0, TokenSha256.Length: 64, MaxTlp: not null, Read: not null, Write: not null }
        && user.TokenSha256.All(char.IsAsciiHexDigit)
        && TlpModule.tryParse(user.MaxTlp).IsSome;
}
