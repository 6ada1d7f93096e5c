// Which collection is meant: from a discovery, an API root or a collection's own URL to the collection (TAXII 2.1, sections 4 and 5).

using System.Runtime.ExceptionServices;
using System.Text.Json;

namespace Cti.Host.Net.Taxii;

/// <summary>Finds the collection that is meant. One per search.</summary>
/// <param name="client">Asks the server.</param>
/// <param name="name">Id, alias or title; null where the URL says it, or there is only one.</param>
/// <param name="use">What it is looked for, for.</param>
internal sealed class TaxiiDirectory(ITaxiiClient client, string? name, TaxiiUse use)
{
    // API roots on other servers: credentials do not go there.
    private readonly List<string> _elsewhere = [];

    /// <summary>The collection.</summary>
    /// <exception cref="TaxiiPlaceException">There is no such collection, or it is not for these credentials.</exception>
    public async Task<TaxiiCollection> FindAsync(CancellationToken stop)
    {
        var address = WithSlash(client.Address);
        if (OwnUrl(address) is { } own)
        {
            return await OwnAsync(own, stop);
        }

        if (address.AbsolutePath == "/")
        {
            // Section 4.1: at a fixed place of the host.
            address = new Uri(address, "/taxii2/");
        }

        var roots = await RootsAsync(address, stop);
        var found = new List<TaxiiCollection>();
        Exception? refused = null;
        foreach (var root in roots)
        {
            try
            {
                found.AddRange(await ListAsync(root, stop));
            }
            catch (Exception error) when (roots.Count > 1 && error is not OperationCanceledException)
            {
                // Which API roots are open to whom is a server's own affair; one that is may have the collection.
                refused ??= error;
            }
        }

        if (refused is not null && !found.Exists(IsMeant))
        {
            ExceptionDispatchInfo.Throw(refused);
        }

        return Choose(found);
    }

    // Whoever reads is told by the objects themselves; whoever writes wants to know before.
    private async Task<TaxiiCollection> OwnAsync(Uri own, CancellationToken stop)
    {
        var root = new Uri(own, "../../");
        var id = Uri.UnescapeDataString(own.Segments[^1].TrimEnd('/'));
        if (use == TaxiiUse.Read)
        {
            return new TaxiiCollection(root, own, id, "", "", CanRead: true, CanWrite: true);
        }

        using var document = await client.GetAsync(own, stop);
        var collection =
            TaxiiCollection.Of(root, document.RootElement)
            ?? throw TaxiiPlaceException.NotTaxii($"{client.Shown(own)} is no TAXII collection");
        // Where it was found: an alias in the URL stays one.
        return Choose([collection with { Url = own }]);
    }

    private bool IsMeant(TaxiiCollection collection) => name is null || collection.IsNamed(name);

    private TaxiiCollection Choose(List<TaxiiCollection> found)
    {
        // An id is one collection's alone; a title may be that of several.
        var meant = found.Where(IsMeant).ToList();
        var byId = meant.Where(one => one.Id.Equals(name, StringComparison.OrdinalIgnoreCase)).ToList();
        meant = byId.Count > 0 ? byId : meant;
        if (meant.Count > 1 && meant.Count(one => one.Allows(use)) == 1)
        {
            meant = [.. meant.Where(one => one.Allows(use))];
        }

        return meant switch
        {
            [var only] => only.Allows(use) ? only : throw TaxiiPlaceException.NotAllowed(only, use),
            [] => throw TaxiiPlaceException.NoCollection(name, use, found, _elsewhere),
            _ => throw TaxiiPlaceException.NoCollection(null, use, meant, _elsewhere),
        };
    }

    // A discovery lists API roots; anything else is taken for an API root.
    private async Task<IReadOnlyList<Uri>> RootsAsync(Uri address, CancellationToken stop)
    {
        using var document = await client.GetAsync(address, stop);
        var resource = document.RootElement;
        if (resource.TryGetProperty("collections", out _))
        {
            // …/collections/ itself.
            return [new Uri(address, "../")];
        }

        if (!resource.TryGetProperty("api_roots", out var listed) || listed.ValueKind != JsonValueKind.Array)
        {
            return resource.TryGetProperty("versions", out _) || resource.TryGetProperty("max_content_length", out _)
                ? [address]
                : throw TaxiiPlaceException.NotTaxii(
                    $"{client.Shown(address)} is neither a TAXII discovery nor an API root"
                );
        }

        var roots = new List<Uri>();
        foreach (var root in listed.EnumerateArray().Select(TaxiiText.Of).Where(text => text.Length > 0))
        {
            if (!Uri.TryCreate(address, root, out var url))
            {
                continue;
            }

            if (!Redirects.IsSameOrigin(address, url))
            {
                _elsewhere.Add(client.Shown(url));
            }
            else if (!roots.Contains(WithSlash(url)))
            {
                roots.Add(WithSlash(url));
            }
        }

        return roots.Count > 0 ? roots : throw TaxiiPlaceException.NoCollection(name, use, [], _elsewhere);
    }

    private async Task<List<TaxiiCollection>> ListAsync(Uri root, CancellationToken stop)
    {
        var place = new Uri(root, "collections/");
        using var document = await client.GetAsync(place, stop);
        // Section 3.7.1: an empty list is left out.
        return
            document.RootElement.TryGetProperty("collections", out var listed)
            && listed.ValueKind == JsonValueKind.Array
            ? [.. listed.EnumerateArray().Select(item => TaxiiCollection.Of(root, item)).OfType<TaxiiCollection>()]
            : [];
    }

    // …/collections/ID/ or …/collections/ID/objects/; null for anything else.
    private static Uri? OwnUrl(Uri address)
    {
        var parts = address.AbsolutePath.TrimEnd('/').Split('/');
        var collections = Array.LastIndexOf(parts, "collections");
        return collections >= 0 && parts.Length - collections is 2 or 3
            ? new Uri(address, string.Join('/', parts[..(collections + 2)]) + "/")
            : null;
    }

    private static Uri WithSlash(Uri url) =>
        url.AbsolutePath.EndsWith('/') ? url : new UriBuilder(url) { Path = url.AbsolutePath + "/" }.Uri;
}
