// Fields that a mapping asks for and no record of a whole reading has: a misspelt name in a format that has no header to check it against.

using Cti.Core;

namespace Cti.Host.Run;

/// <summary>Gathers what the readers of one source's files found. One per reading.</summary>
internal sealed class FieldsSought
{
    private readonly SortedSet<string> _known = new(StringComparer.Ordinal);
    private List<string>? _missing;

    /// <summary>One more file; null where its format names its own fields.</summary>
    public void Add(FieldCensus? census)
    {
        if (census is { AnyRecord: true })
        {
            _known.UnionWith(census.Known);
            _missing = [.. census.Missing.Where(field => _missing is null || _missing.Contains(field))];
        }
    }

    /// <summary>A sentence for each field that no record of any file had.</summary>
    public IEnumerable<string> Missing() =>
        (_missing ?? []).Select(field =>
            _known.Count == 0 ? $"no record has the field `{field}`, nor any other"
            : Suggest.nearest(_known, field) is { Value: var near }
                ? $"no record has the field `{field}`; did you mean `{near}`?"
            : $"no record has the field `{field}`; the first ones have: {string.Join(", ", _known.Take(20))}"
        );
}
