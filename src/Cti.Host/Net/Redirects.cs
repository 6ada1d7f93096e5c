// Where a redirect may lead, and what goes along. A server that was trusted with a key is not trusted to hand it on.

using System.Net;
using System.Net.Sockets;

namespace Cti.Host.Net;

internal static class Redirects
{
    /// <summary>301, 302, 303, 307, 308 (RFC 9110, section 15.4).</summary>
    public static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    /// <summary>Whether the next request repeats method and body; else it is a GET without one.</summary>
    public static bool KeepsMethod(HttpStatusCode status) => (int)status is 307 or 308;

    /// <summary>Where a redirect leads.</summary>
    /// <exception cref="ConnectionException">It leads nowhere, or where it must not.</exception>
    public static Uri Target(Uri from, Uri? location)
    {
        if (location is null || !Uri.TryCreate(from, location, out var target))
        {
            throw ConnectionException.Redirect("the server redirects, but does not say where to");
        }

        if (target.Scheme != Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttp)
        {
            throw ConnectionException.Redirect(
                $"the server redirects to another scheme, {target.Scheme}:; that is not followed"
            );
        }

        if (from.Scheme == Uri.UriSchemeHttps && target.Scheme == Uri.UriSchemeHttp)
        {
            throw ConnectionException.Redirect(
                $"the server redirects from https to plain http ({Shown(target)}); that is not followed. If it is the feed's new place, declare it as `url`"
            );
        }

        return target;
    }

    /// <summary>Whether two URLs are of one origin (RFC 6454): only then credentials go along.</summary>
    public static bool IsSameOrigin(Uri left, Uri right) =>
        left.Scheme == right.Scheme
        && left.Port == right.Port
        && string.Equals(left.IdnHost, right.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Refuses a redirect that leads from elsewhere into this machine or its link: nobody publishes a feed there, but much listens there that
    /// trusts local callers.
    /// </summary>
    /// <exception cref="ConnectionException">It leads there.</exception>
    public static void RefuseLocal(IReadOnlyList<IPAddress> from, Uri target, IReadOnlyList<IPAddress> to)
    {
        if (to.Any(IsLocal) && !from.Any(IsLocal))
        {
            throw ConnectionException.Redirect(
                $"the server redirects to an address of this machine ({Shown(target)}); that is not followed"
            );
        }
    }

    /// <summary>The addresses of a URL's host; empty where it has none.</summary>
    public static async Task<IReadOnlyList<IPAddress>> AddressesAsync(Uri url, CancellationToken stop)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(url.IdnHost, stop);
        }
        catch (SocketException)
        {
            // Connecting will tell.
            return [];
        }
    }

    /// <summary>A URL without its query, which a server may have filled with anything.</summary>
    public static string Shown(Uri url) =>
        url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private static bool IsLocal(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IPAddress.IsLoopback(plain)
            || plain.IsIPv6LinkLocal
            || plain.Equals(IPAddress.Any)
            || plain.Equals(IPAddress.IPv6Any)
            || (plain.AddressFamily == AddressFamily.InterNetwork && plain.GetAddressBytes() is [169, 254, _, _]);
    }
}
