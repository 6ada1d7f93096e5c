// Who is asking. Names and tokens are compared in a time that tells nothing of them; the file of users is read again when it changes.

using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Cti.Core;
using Cti.Host.Run;
using Microsoft.AspNetCore.Http;

namespace Cti.Host.Serve.Web;

/// <summary>Who asks.</summary>
/// <param name="Name">Empty where nobody had to say.</param>
/// <param name="Rights">What they may.</param>
internal sealed record Visitor(string Name, AccessRights Rights);

/// <summary>One per server.</summary>
/// <param name="path">The file of users.</param>
/// <param name="isOpen">Whether who says nothing may see what is public, as long as there is no such file.</param>
/// <param name="environment">Told of a file that cannot be read.</param>
internal sealed class Gate(string path, bool isOpen, RunEnvironment environment)
{
    private sealed record Known(DateTime WrittenAt, long Length, IReadOnlyList<(StoredUser User, byte[] Hash)> Users);

    private static readonly byte[] Nobody = new byte[32];
    private static readonly Known Nothing = new(DateTime.MinValue, -1, []);

    private readonly Lock _reading = new();
    private volatile Known _known = Nothing;
    private DateTimeOffset _lookedAt = DateTimeOffset.MinValue;

    /// <summary>Whether anybody may come in.</summary>
    public bool HasUsers => Users().Count > 0;

    /// <summary>Whether who says nothing is let in, to what is public.</summary>
    public bool LetsAnybodyIn => isOpen && !File.Exists(path);

    /// <summary>Who sent a request; null where they do not say, or it is not true.</summary>
    public Visitor? Admit(HttpRequest request)
    {
        var given = request.Headers.Authorization.ToString();
        if (given.Length == 0)
        {
            return LetsAnybodyIn ? new Visitor("", AccessRightsModule.anonymous) : null;
        }

        if (!AuthenticationHeaderValue.TryParse(given, out var header) || header.Parameter is not { } parameter)
        {
            return null;
        }

        return header.Scheme.ToUpperInvariant() switch
        {
            "BASIC" => Basic(parameter),
            "BEARER" => Find(null, parameter),
            _ => null,
        };
    }

    private Visitor? Basic(string parameter)
    {
        Span<byte> bytes = stackalloc byte[512];
        if (!Convert.TryFromBase64String(parameter, bytes, out var length))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(bytes[..length]);
        var cut = text.IndexOf(':', StringComparison.Ordinal);
        return cut < 0 ? null : Find(text[..cut], text[(cut + 1)..]);
    }

    // Everybody is compared, whoever fits.
    private Visitor? Find(string? name, string token)
    {
        var hash = UserFile.Hash(token);
        StoredUser? found = null;
        foreach (var (user, expected) in Users())
        {
            var fits = CryptographicOperations.FixedTimeEquals(hash, expected);
            found = fits && (name is null || name == user.Name) ? user : found;
        }

        // Without users it takes no less time than with one.
        CryptographicOperations.FixedTimeEquals(hash, Nobody);
        return found is null ? null : new Visitor(found.Name, found.Rights);
    }

    private IReadOnlyList<(StoredUser User, byte[] Hash)> Users()
    {
        lock (_reading)
        {
            var now = environment.Clock.GetUtcNow();
            // A token that was taken back is good for a second more at most.
            if (now - _lookedAt < TimeSpan.FromSeconds(1))
            {
                return _known.Users;
            }

            _lookedAt = now;
            var file = new FileInfo(path);
            var (writtenAt, length) = file.Exists ? (file.LastWriteTimeUtc, file.Length) : (DateTime.MinValue, -1L);
            if (writtenAt == _known.WrittenAt && length == _known.Length)
            {
                return _known.Users;
            }

            try
            {
                _known = new Known(
                    writtenAt,
                    length,
                    [.. UserFile.Read(path).Select(user => (user, Convert.FromHexString(user.TokenSha256)))]
                );
            }
            catch (InvalidDataException error)
            {
                // Nobody comes in by a file that cannot be understood.
                environment.Error.WriteLine($"CTI-SERVE-003 {error.Message} Nobody is let in until it is mended.");
                _known = new Known(writtenAt, length, []);
            }

            return _known.Users;
        }
    }
}
