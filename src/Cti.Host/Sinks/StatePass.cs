// Plans and applies a pipeline's state sinks: one pass over the store's claims, in canonical order, folded once per viewer and shown to every
// sink of that viewer. Memory does not grow with the store: DuckDB sorts and spills, this holds a page.

using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Store;

namespace Cti.Host.Sinks;

internal sealed class StatePass
{
    private const int PageRows = 8192;

    /// <summary>The claims as they are now.</summary>
    public const string StoreClaims = "store.claims";

    // What DuckDB sorts in half of its memory: 400,000 claims in 60 of 128 MiB.
    private const long RowsPerMiB = 3_125;

    private readonly IPassSink[] _sinks;
    private readonly ViewerSinks[] _viewers;
    private readonly StoreFile _store;
    private readonly Enricher? _enricher;
    private readonly ExitScreen _screen;
    private ClaimBatch _page = new(PageRows * 2);
    private ClaimBatch _next = new(PageRows);
    private readonly List<int>[] _acknowledged;
    private readonly List<int>[] _numbers;

    public StatePass(
        StoreFile store,
        Dictionaries dictionaries,
        Enricher? enricher,
        ExitScreen screen,
        ScoreSettings settings,
        long now,
        bool ownOnly,
        IReadOnlyList<IPassSink> sinks
    )
    {
        _store = store;
        _enricher = enricher;
        _screen = screen;
        _sinks = [.. sinks];
        _acknowledged = [.. _sinks.Select(_ => new List<int>())];
        _numbers = [.. _sinks.Select(_ => new List<int>())];
        _viewers =
        [
            .. _sinks
                .Select((sink, index) => (sink, index))
                .GroupBy(pair => pair.sink.MaxTlp)
                .Select(group => new ViewerSinks(
                    dictionaries.Fold(new Viewer(group.Key, now, settings, ownOnly)),
                    _enricher is not null,
                    [.. group.Select(pair => pair.index)]
                )),
        ];
    }

    /// <summary>Where the claims are: the store's, or a temporary table of the store's first connection.</summary>
    public string Claims { get; init; } = StoreClaims;

    /// <summary>Feeds every sink every indicator, then ends their content.</summary>
    public void Run(CancellationToken abort)
    {
        using var own = Claims == StoreClaims ? _store.Connect() : null;
        // Temporary tables are seen by the connection that made them.
        var connection = own ?? _store.Connection;
        FindHeld(connection);
        foreach (var range in Ranges(connection))
        {
            Read(connection, range, abort);
        }

        TakeGroups(keepLast: false);
        foreach (var viewer in _viewers)
        {
            Flush(viewer);
        }

        foreach (var sink in _sinks)
        {
            sink.Finish();
        }
    }

    // The claims in ranges of values, each small enough to be sorted in memory: reading the table once per range costs a fraction of what
    // sorting through a temporary file does. Where the borders lie changes nothing, as the ranges follow each other in order.
    private List<string> Ranges(DuckDbConnection connection)
    {
        var rows = connection.Value<long>($"SELECT count(*) FROM {Claims}");
        var most = RowsPerMiB * _store.MemoryLimitMiB;
        var parts = (int)((rows + most - 1) / most);
        if (parts <= 1)
        {
            return [""];
        }

        var sample = connection.Rows(
            $"SELECT value FROM (SELECT value FROM {Claims} USING SAMPLE reservoir({parts * 500} ROWS) REPEATABLE (1)) ORDER BY value",
            reader => reader.GetString(0)
        );
        var borders = Enumerable
            .Range(1, parts - 1)
            .Select(part =>
                "'" + sample[part * sample.Count / parts].Replace("'", "''", StringComparison.Ordinal) + "'"
            )
            .Distinct()
            .ToList();
        var ranges = new List<string>();
        for (var part = 0; part <= borders.Count; part++)
        {
            var above = part == 0 ? "true" : $"c.value >= {borders[part - 1]}";
            var below = part == borders.Count ? "true" : $"c.value < {borders[part]}";
            ranges.Add($"WHERE {above} AND {below}");
        }

        return ranges;
    }

    private void Read(DuckDbConnection connection, string range, CancellationToken abort)
    {
        using var command = connection.CreateCommand(Query(range));
        using var reader = command.ExecuteReader(abort);
        while (reader.NextChunk() is { } chunk)
        {
            abort.ThrowIfCancellationRequested();
            ClaimReader.Append(chunk, _page);
            for (var sink = 0; sink < _sinks.Length; sink++)
            {
                if (_sinks[sink].Holder is not null)
                {
                    _acknowledged[sink].AddRange(chunk.Column(ClaimReader.ColumnCount + 2 * sink).Values<int>());
                }

                if (_sinks[sink].Numbered is not null)
                {
                    _numbers[sink].AddRange(chunk.Column(ClaimReader.ColumnCount + 2 * sink + 1).Values<int>());
                }
            }

            if (_page.Count >= PageRows)
            {
                TakeGroups(keepLast: true);
            }
        }
    }

    private static string HeldBy(int holder) => $"temp.held_{holder}";

    // Found once, not once a range. The greatest of a small integer is found by a way that compares texts: as an INTEGER it is a third of the work.
    private void FindHeld(DuckDbConnection connection)
    {
        foreach (var holder in _sinks.Select(sink => sink.Holder).OfType<int>().Distinct())
        {
            connection.Execute(
                $"""
                CREATE OR REPLACE TEMP TABLE held_{holder} AS
                SELECT indicator, arg_max(revision, acknowledgement) AS revision FROM store.deliveries WHERE sink = {holder}
                GROUP BY indicator HAVING arg_max(op::INTEGER, acknowledgement) <> {ChangeOpModule.code(
                    ChangeOp.Withdrawn
                )}
                """
            );
        }
    }

    // Per sink two more columns: the revision it acknowledged, the number it gave. A sink that holds nothing, or counts nothing, costs no join.
    private string Query(string range)
    {
        var columns = "";
        var joins = "";
        for (var index = 0; index < _sinks.Length; index++)
        {
            if (_sinks[index].Holder is { } holder)
            {
                columns += $", coalesce(a{index}.revision, 0)::INTEGER";
                joins += $" LEFT JOIN {HeldBy(holder)} a{index} ON a{index}.indicator = c.subject";
            }
            else
            {
                columns += ", 0::INTEGER";
            }

            if (_sinks[index].Numbered is { } numbered)
            {
                columns += $", coalesce(n{index}.number, 0)::INTEGER";
                joins +=
                    $" LEFT JOIN store.numbers n{index} ON n{index}.sink = {numbered} AND n{index}.indicator = c.subject";
            }
            else
            {
                columns += ", 0::INTEGER";
            }
        }

        return $"SELECT {ClaimReader.Columns}{columns} FROM {Claims} c{joins} {range} ORDER BY c.value, c.type";
    }

    private void TakeGroups(bool keepLast)
    {
        var first = 0;
        while (first < _page.Count)
        {
            var last = first;
            while (last + 1 < _page.Count && _page.Subject[last + 1] == _page.Subject[first])
            {
                last++;
            }

            if (keepLast && last == _page.Count - 1)
            {
                break;
            }

            TakeGroup(first, last);
            first = last + 1;
        }

        // What is left is one subject whose claims may go on in the next chunk.
        _next.Clear();
        for (var row = first; row < _page.Count; row++)
        {
            _next.AddFrom(_page, row);
        }

        for (var sink = 0; sink < _sinks.Length; sink++)
        {
            foreach (var list in (List<int>[])[_acknowledged[sink], _numbers[sink]])
            {
                list.RemoveRange(0, Math.Min(first, list.Count));
            }
        }

        (_page, _next) = (_next, _page);
    }

    private void TakeGroup(int first, int last)
    {
        foreach (var viewer in _viewers)
        {
            if (viewer.Batch.Count == viewer.Batch.Capacity)
            {
                Flush(viewer);
            }

            var row = viewer.Batch.Count;
            if (viewer.Fold.Add(_page, first, last, viewer.Batch))
            {
                _enricher?.Fill(viewer.Batch, row);
                for (var index = 0; index < viewer.Sinks.Length; index++)
                {
                    viewer.Known[index].Revisions[row] = At(_acknowledged, viewer.Sinks[index], first);
                    viewer.Known[index].Numbers[row] = At(_numbers, viewer.Sinks[index], first);
                }
            }
            else
            {
                var indicator = viewer.Fold.IdOf(_page, first);
                foreach (var sink in viewer.Sinks)
                {
                    _sinks[sink].FeedHidden(_page, first, indicator, At(_acknowledged, sink, first));
                }
            }
        }
    }

    private static int At(List<int>[] column, int sink, int row) => column[sink].Count == 0 ? 0 : column[sink][row];

    private void Flush(ViewerSinks viewer)
    {
        if (viewer.Batch.Count == 0)
        {
            return;
        }

        for (var index = 0; index < viewer.Sinks.Length; index++)
        {
            _sinks[viewer.Sinks[index]].Feed(viewer.Batch, viewer.Known[index], _screen);
        }

        viewer.Batch.Clear();
    }

    /// <summary>The sinks that share a max_tlp, and so a view.</summary>
    private sealed class ViewerSinks(Fold fold, bool enriches, int[] sinks)
    {
        private const int Rows = 2048;

        public Fold Fold { get; } = fold;

        public int[] Sinks { get; } = sinks;

        public IndicatorBatch Batch { get; } = new(Rows) { Facts = enriches ? new FactColumns(Rows) : null };

        /// <summary>Per sink: what the store knows of the rows of the batch.</summary>
        public KnownRows[] Known { get; } = [.. sinks.Select(_ => new KnownRows(new int[Rows], new int[Rows]))];
    }
}
