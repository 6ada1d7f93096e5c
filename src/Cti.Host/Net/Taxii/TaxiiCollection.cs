// A collection as its API root lists it (TAXII 2.1, section 5.2).

using System.Text.Json;
using Cti.Host.Cli;

namespace Cti.Host.Net.Taxii;

/// <summary>What a collection is looked for, for.</summary>
internal enum TaxiiUse
{
    Read,
    Write,
}

/// <summary>One of an API root's.</summary>
/// <param name="Root">The API root, with a slash behind.</param>
/// <param name="Url">Of the collection, with a slash behind.</param>
/// <param name="Id">As the server writes it.</param>
/// <param name="Alias">Empty where it has none.</param>
/// <param name="Title">Empty where it has none.</param>
/// <param name="CanRead">Whether these credentials may read it.</param>
/// <param name="CanWrite">Whether they may add to it.</param>
internal sealed record TaxiiCollection(
    Uri Root,
    Uri Url,
    string Id,
    string Alias,
    string Title,
    bool CanRead,
    bool CanWrite
)
{
    private const int LongestShown = 100;

    /// <summary>Where its objects are, with a slash behind.</summary>
    public Uri Objects => new(Url, "objects/");

    /// <summary>Where one of them is, with a slash behind.</summary>
    public Uri Object(string id) => new(Objects, Uri.EscapeDataString(id) + "/");

    /// <summary>For people.</summary>
    public string Shown(TaxiiUse use) => $"{(Title.Length > 0 ? Cut(Title) + " " : "")}({Cut(Id)}){Lack(use)}";

    /// <summary>Whether these credentials may use it so.</summary>
    public bool Allows(TaxiiUse use) => use == TaxiiUse.Read ? CanRead : CanWrite;

    /// <summary>Whether a pipeline means it: ids, aliases and titles in any case.</summary>
    public bool IsNamed(string name) =>
        new[] { Id, Alias, Title }.Any(own => own.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>As listed; null where it has no id. Rights that are not said are there: the server tells when they are used.</summary>
    public static TaxiiCollection? Of(Uri root, JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object || TaxiiText.Of(item, "id") is not { Length: > 0 } id)
        {
            return null;
        }

        return new TaxiiCollection(
            root,
            new Uri(root, $"collections/{Uri.EscapeDataString(id)}/"),
            id,
            TaxiiText.Of(item, "alias"),
            TaxiiText.Of(item, "title"),
            IsAllowed(item, "can_read"),
            IsAllowed(item, "can_write")
        );
    }

    private string Lack(TaxiiUse use) =>
        Allows(use) ? ""
        : use == TaxiiUse.Read ? " (not readable)"
        : " (not writable)";

    private static bool IsAllowed(JsonElement item, string right) =>
        !item.TryGetProperty(right, out var can) || can.ValueKind != JsonValueKind.False;

    private static string Cut(string text) =>
        TerminalText.Visible(text.Length > LongestShown ? text[..LongestShown] + "…" : text);
}
