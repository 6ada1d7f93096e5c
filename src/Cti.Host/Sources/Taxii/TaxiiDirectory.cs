// Which collection is meant: from a discovery, an API root or a collection's own URL to the place of its objects (TAXII 2.1, sections 4 and 5).

using System.Text.Json;
using Cti.Host.Cli;
using Cti.Host.Net;
using Cti.Host.Sources.Http;

namespace Cti.Host.Sources.Taxii;

/// <summary>A collection as its API root lists it.</summary>
/// <param name="Url">Of the collection, with a slash behind.</param>
/// <param name="Id">As the server writes it.</param>
/// <param name="Alias">Empty where it has none.</param>
/// <param name="Title">Empty where it has none.</param>
/// <param name="CanRead">Whether these credentials may read it.</param>
internal sealed record TaxiiCollection(Uri Url, string Id, string Alias, string Title, bool CanRead)
{
    private const int LongestShown = 100;

    /// <summary>For people.</summary>
    public string Shown =>
        $"{(Title.Length > 0 ? Cut(Title) + " " : "")}({Cut(Id)}){(CanRead ? "" : " (not readable)")}";

    /// <summary>Whether a pipeline means it: ids, aliases and titles in any case.</summary>
    public bool IsNamed(string name) =>
        new[] { Id, Alias, Title }.Any(own => own.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static string Cut(string text) =>
        TerminalText.Visible(text.Length > LongestShown ? text[..LongestShown] + "…" : text);
}

/// <summary>Finds the collection a plan means. One per reading.</summary>
internal sealed class TaxiiDirectory(TaxiiPlan plan, TaxiiSession session)
{
    // Nobody lists more; a page of objects may be larger.
    private const int MostBytes = 16 << 20;

    // API roots on other servers: credentials do not go there.
    private readonly List<string> _elsewhere = [];

    /// <summary>Where the collection's objects are, with a slash behind.</summary>
    /// <exception cref="SourceException">There is no such collection, or the server does not answer.</exception>
    public async Task<Uri> FindAsync(CancellationToken stop)
    {
        var address = WithSlash(session.Address);
        if (OwnUrl(address) is { } own)
        {
            return new Uri(own, "objects/");
        }

        if (address.AbsolutePath == "/")
        {
            // Section 4.1: at a fixed place of the host.
            address = new Uri(address, "/taxii2/");
        }

        var roots = await RootsAsync(address, stop);
        var found = new List<TaxiiCollection>();
        SourceException? refused = null;
        foreach (var root in roots)
        {
            try
            {
                found.AddRange(await ListAsync(root, stop));
            }
            catch (SourceException error) when (roots.Count > 1)
            {
                // Which API roots are open to whom is a server's own affair; one that is may have the collection.
                refused ??= error;
            }
        }

        if (refused is not null && !found.Exists(IsMeant))
        {
            throw refused;
        }

        return new Uri(Choose(found).Url, "objects/");
    }

    private bool IsMeant(TaxiiCollection collection) => plan.Collection is null || collection.IsNamed(plan.Collection);

    private TaxiiCollection Choose(List<TaxiiCollection> found)
    {
        // An id is one collection's alone; a title may be that of several.
        var meant = found.Where(IsMeant).ToList();
        var byId = meant.Where(one => one.Id.Equals(plan.Collection, StringComparison.OrdinalIgnoreCase)).ToList();
        meant = byId.Count > 0 ? byId : meant;
        if (meant.Count > 1 && meant.Count(one => one.CanRead) == 1)
        {
            meant = [.. meant.Where(one => one.CanRead)];
        }

        return meant switch
        {
            [{ CanRead: true } only] => only,
            [var hidden] => throw TaxiiFault.Unreadable(Name, hidden),
            [] => throw TaxiiFault.NoCollection(Name, plan.Collection, found, _elsewhere),
            _ => throw TaxiiFault.NoCollection(Name, null, meant, _elsewhere),
        };
    }

    private string Name => plan.Page.Url.ToString();

    // A discovery lists API roots; anything else is taken for an API root.
    private async Task<IReadOnlyList<Uri>> RootsAsync(Uri address, CancellationToken stop)
    {
        using var document = await DocumentAsync(address, stop);
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
                : throw TaxiiFault.NotTaxii(
                    Name,
                    $"{session.Shown(address)} is neither a TAXII discovery nor an API root"
                );
        }

        var roots = new List<Uri>();
        foreach (var root in listed.EnumerateArray().Select(Text).Where(text => text.Length > 0))
        {
            if (!Uri.TryCreate(address, root, out var url))
            {
                continue;
            }

            if (!Redirects.IsSameOrigin(address, url))
            {
                _elsewhere.Add(session.Shown(url));
            }
            else if (!roots.Contains(WithSlash(url)))
            {
                roots.Add(WithSlash(url));
            }
        }

        return roots.Count > 0 ? roots : throw TaxiiFault.NoCollection(Name, plan.Collection, [], _elsewhere);
    }

    private async Task<List<TaxiiCollection>> ListAsync(Uri root, CancellationToken stop)
    {
        var place = new Uri(root, "collections/");
        using var document = await DocumentAsync(place, stop);
        // Section 3.7.1: an empty list is left out.
        return
            document.RootElement.TryGetProperty("collections", out var listed)
            && listed.ValueKind == JsonValueKind.Array
            ? [.. listed.EnumerateArray().Select(item => Collection(place, item)).OfType<TaxiiCollection>()]
            : [];
    }

    private static TaxiiCollection? Collection(Uri place, JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var id = Text(item, "id");
        return id.Length > 0
            ? new TaxiiCollection(
                new Uri(place, Uri.EscapeDataString(id) + "/"),
                id,
                Text(item, "alias"),
                Text(item, "title"),
                !item.TryGetProperty("can_read", out var canRead) || canRead.ValueKind != JsonValueKind.False
            )
            : null;
    }

    private Task<JsonDocument> DocumentAsync(Uri url, CancellationToken stop) =>
        session.GetAsync(
            url,
            answer =>
            {
                try
                {
                    var document = JsonDocument.Parse(Bytes(answer, url));
                    return document.RootElement.ValueKind == JsonValueKind.Object
                        ? document
                        : throw TaxiiFault.NotTaxii(Name, $"{session.Shown(url)} sends JSON that is no TAXII resource");
                }
                catch (JsonException)
                {
                    throw TaxiiFault.NotTaxii(Name, $"{session.Shown(url)} sends something that is no JSON");
                }
            },
            stop
        );

    private ReadOnlyMemory<byte> Bytes(HttpAnswer answer, Uri url)
    {
        using var text = TaxiiBody.Open(answer, plan.Text, session.Shown(url));
        var bytes = new byte[64 * 1024];
        var length = 0;
        while (TaxiiBody.Read(text, bytes.AsSpan(length)) is var count and > 0)
        {
            length += count;
            if (length > MostBytes)
            {
                throw TaxiiFault.NotTaxii(Name, $"{session.Shown(url)} sends more than {MostBytes >> 20} MiB");
            }

            if (bytes.Length - length < TextContent.MinTarget)
            {
                Array.Resize(ref bytes, bytes.Length * 2);
            }
        }

        return bytes.AsMemory(0, length);
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

    private static string Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var text) ? Text(text) : "";

    private static string Text(JsonElement text)
    {
        try
        {
            return text.ValueKind == JsonValueKind.String ? text.GetString() ?? "" : "";
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: no text.
            return "";
        }
    }
}
