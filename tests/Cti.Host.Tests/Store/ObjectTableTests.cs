// Foreign objects and losses in the store: each version once, conflicts told, counts right whatever is kept.

using System.Text;
using Cti.Core;
using Cti.Host.Store;
using Cti.Host.Tests.Harness;
using Microsoft.FSharp.Core;
using Xunit;

namespace Cti.Host.Tests.Store;

public class ObjectTableTests
{
    private static readonly DateTime At = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static ObservationBatch Batch(params (string Id, long Modified, string Text)[] objects)
    {
        var batch = new ObservationBatch(4) { DeclaredSource = "feed" };
        foreach (var (id, modified, text) in objects)
        {
            batch.Objects.Add(new KeptObject(id, "indicator", modified, Tlp.Amber, new Position("a.json", 3, 70)));
            batch.ObjectTexts.Add(Encoding.UTF8.GetBytes(text));
        }

        return batch;
    }

    private static List<string> Rows(StoreFile store, string sql) =>
        store.Connection.Rows(
            sql,
            reader => string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(column => $"{reader[column]}"))
        );

    private static IEnumerable<string> Write(StoreFile store, params ObservationBatch[] batches) =>
        ObjectTable.Write(store.Connection, batches, At).Select(conflict => $"{conflict.Id} {conflict.Position.Line}");

    [Fact]
    public void Each_version_is_kept_once_and_the_first_of_two_that_differ_stands()
    {
        using var work = new Workspace();
        using var store = StoreFile.Open(work.PathOf("s.duckdb"), new StoreOptions());
        Assert.Empty(Write(store, Batch(("a", 1, "{1}"), ("b", 1, "{1}")), Batch(("a", 1, "{1}"), ("a", 2, "{2}"))));
        Assert.Equal(["a 3"], Write(store, Batch(("c", 1, "{c}"), ("a", 1, "{other}"), ("a", 2, "{2}"))));
        Assert.Equal(["d 3"], Write(store, Batch(("d", 5, "{d}"), ("d", 5, "{e}"))));
        Assert.Equal(
            ["a {1}", "a {2}", "b {1}", "c {c}", "d {d}"],
            Rows(store, "SELECT id, object FROM objects ORDER BY id, modified")
        );
        Assert.Equal(
            ["feed amber a.json 3 70"],
            Rows(store, "SELECT DISTINCT source, tlp, uri, line, byte_offset FROM objects")
        );
    }

    [Fact]
    public void Without_a_time_of_modification_every_other_text_is_a_version()
    {
        using var work = new Workspace();
        using var store = StoreFile.Open(work.PathOf("s.duckdb"), new StoreOptions());
        Assert.Empty(Write(store, Batch(("a", TimestampModule.none, "{1}"), ("a", TimestampModule.none, "{2}"))));
        Assert.Empty(Write(store, Batch(("a", TimestampModule.none, "{1}"), ("a", TimestampModule.none, "{3}"))));
        Assert.Equal(["{1}", "{2}", "{3}"], Rows(store, "SELECT object FROM objects ORDER BY object"));
    }

    [Fact]
    public void What_was_derived_is_told_once()
    {
        using var work = new Workspace();
        using var store = StoreFile.Open(work.PathOf("s.duckdb"), new StoreOptions());
        var batch = Batch(("a", 1, "{1}"));
        var row = batch.Add();
        batch.Subject[row] = 7;
        batch.Source[row] = "feed/one";
        batch.Derivations.Add(new Derivation(row, 0));
        Write(store, batch, batch);
        Write(store, batch);
        Assert.Equal(
            ["00000000-0000-0000-0000-000000000007 feed/one a"],
            Rows(store, "SELECT indicator::VARCHAR, source, object FROM derivations")
        );
    }

    [Fact]
    public void Of_losses_alike_a_hundred_are_kept_and_all_are_counted()
    {
        using var work = new Workspace();
        using var store = StoreFile.Open(work.PathOf("s.duckdb"), new StoreOptions());
        var table = new LossTable(Guid.Parse("00000000-0000-0000-0000-000000000001"));
        var batch = new ObservationBatch(4) { DeclaredSource = "feed" };
        for (var number = 0; number < 990; number++)
        {
            batch.Losses.Add(new Loss("x.y", $"{number}", LossReason.NoPlace, new Position("a", 1, number)));
        }

        for (var number = 0; number < 20; number++)
        {
            batch.Losses.Add(new Loss("z", "", LossReason.Unresolved, new Position("a", 1, number)));
        }

        table.Add(batch);
        table.Write(store.Connection, At);
        table.Add(batch);
        table.Write(store.Connection, At);
        table.Write(store.Connection, At);
        Assert.Equal(1980, table[LossReason.NoPlace]);
        Assert.Equal(40, table[LossReason.Unresolved]);
        Assert.Equal(
            ["CTI-LOSS-001 x.y 1980", "CTI-LOSS-006  20", "CTI-LOSS-006 z 20"],
            Rows(store, "SELECT code, path, losses FROM loss_counts ORDER BY code, path")
        );
        Assert.Equal(
            ["x.y 100 read feed", "z 20 read feed"],
            Rows(
                store,
                "SELECT path, count(*), any_value(stage), any_value(source) FROM losses GROUP BY path ORDER BY path"
            )
        );
    }
}
