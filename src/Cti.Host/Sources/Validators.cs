// What tells whether a body that was read whole is still the same: what the server says of it, and a hash of our own.

namespace Cti.Host.Sources;

/// <summary>Kept with the cursor behind a complete body; every part may be empty.</summary>
/// <param name="ETag">RFC 9110, section 8.8.3, as the server wrote it.</param>
/// <param name="LastModified">RFC 9110, section 8.8.2, as the server wrote it.</param>
/// <param name="BodyHash">XxHash128 of the body as it was spooled; hexadecimal, lower case.</param>
public sealed record Validators(string ETag, string LastModified, string BodyHash)
{
    /// <summary>Nothing is known: the body was not read to its end, or has no such marks.</summary>
    public static Validators None { get; } = new("", "", "");

    /// <summary>
    /// Where a server that hands out what it has in order stands behind the body, as the origin wrote it; empty where there is no such order.
    /// </summary>
    public string Mark { get; init; } = "";
}
