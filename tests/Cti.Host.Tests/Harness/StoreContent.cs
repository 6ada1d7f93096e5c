// What a store says, table by table, without what differs between two runs of the same data: run ids and the clock.

using System.Globalization;

namespace Cti.Host.Tests.Harness;

internal static class StoreContent
{
    private static readonly (string Table, string Columns)[] Tables =
    [
        ("observations", "*"),
        ("claims", "* EXCLUDE (asserted_at)"),
        ("indicators", "*"),
        ("changes", "*"),
        ("screenings", "* EXCLUDE (run_id)"),
        ("dead_letters", "* EXCLUDE (run_id, updated_at, closed_at, closed_by)"),
        ("sink_state", "sink, pipeline, indicator, revision"),
        ("cursors", "kind, name, position, line, size, content_hash, header"),
        ("store.label_sets", "list_sort(labels)"),
        ("store.uris", "uri"),
        ("store.sources", "* EXCLUDE (id)"),
    ];

    /// <summary>One line per table: its rows, counted, and a hash of them that does not depend on their order but on how often each stands.</summary>
    public static string Of(Workspace work) =>
        string.Join(
            '\n',
            Tables.Select(entry =>
            {
                var row = work.Query(
                    $"SELECT count(*)::VARCHAR, coalesce(sum(hash(t)::HUGEINT), 0)::VARCHAR FROM (SELECT {entry.Columns} FROM {entry.Table}) t"
                )[0];
                return string.Create(CultureInfo.InvariantCulture, $"{entry.Table}: {row[0]} rows, {row[1]}");
            })
        );
}
