// Why a collection cannot be found or used, in words that say what to do. Sources and sinks give it a code of their own.

namespace Cti.Host.Net.Taxii;

internal enum TaxiiProblem
{
    /// <summary>What answers is no TAXII 2.1 server.</summary>
    NotTaxii,

    /// <summary>There is no such collection, or several.</summary>
    NoCollection,

    /// <summary>It is there, but not for these credentials.</summary>
    NotAllowed,
}

/// <summary>Nothing that trying again would change.</summary>
internal sealed class TaxiiPlaceException : Exception
{
    // A list for people; who needs the rest looks at the server.
    private const int MostNamed = 20;

    private TaxiiPlaceException(TaxiiProblem problem, string message)
        : base(message) => Problem = problem;

    public TaxiiProblem Problem { get; }

    public static TaxiiPlaceException NotTaxii(string problem) => new(TaxiiProblem.NotTaxii, problem);

    public static TaxiiPlaceException NoCollection(
        string? wanted,
        TaxiiUse use,
        IReadOnlyList<TaxiiCollection> there,
        IReadOnlyList<string> elsewhere
    ) =>
        new(
            TaxiiProblem.NoCollection,
            $"{(wanted is null ? "`collection` does not say which one" : $"no collection `{wanted}`")}; {Listed(there, use)}{Elsewhere(elsewhere)}"
        );

    public static TaxiiPlaceException NotAllowed(TaxiiCollection collection, TaxiiUse use) =>
        new(
            TaxiiProblem.NotAllowed,
            use == TaxiiUse.Read
                ? $"the collection {collection.Shown(use)} is not to be read with these credentials (`can_read` is false); check `basic` or `headers`"
                : $"the collection {collection.Shown(use)} is not to be written with these credentials (`can_write` is false); check `basic` or `headers`, or ask whoever runs the server"
        );

    private static string Listed(IReadOnlyList<TaxiiCollection> there, TaxiiUse use) =>
        there.Count == 0
            ? "these credentials see none"
            : $"there {(there.Count == 1 ? "is" : "are")}: "
                + string.Join(", ", there.Take(MostNamed).Select(collection => collection.Shown(use)))
                + (there.Count > MostNamed ? $" and {there.Count - MostNamed} more" : "");

    private static string Elsewhere(IReadOnlyList<string> roots) =>
        roots.Count == 0
            ? ""
            : $"; not asked because they are on other servers, where these credentials are not sent: {string.Join(", ", roots)} (give one as `url`)";
}
