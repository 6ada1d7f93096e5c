// `use:` as a user meets it: files in folders, paths inside them, mistakes inside them, what the store remembers of them.

using System.Diagnostics;
using Cti.Host.Config;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Config;

public class IncludeTests
{
    private const string Uses = """
        pipeline: p
        store: out/s.duckdb
        use: common/screen.yaml
        sources:
          - use: [common/source.yaml, common/trust.yaml]
            name: a
        sinks:
          - name: list
            render: { type: plain_list }
            to: { type: file, path: out/list.txt }
        """;

    private static Workspace Folder()
    {
        var work = new Workspace();
        work.Write("p.yaml", Uses);
        work.Write("common/screen.yaml", "screen: { allow: [lists/ours.txt] }\n");
        work.Write("common/lists/ours.txt", "192.0.2.1\n");
        work.Write(
            "common/source.yaml",
            """
            from: { type: file, path: ../in/a.txt }
            read: { type: lines }
            map: [{ value: { field: line } }]
            """
        );
        work.Write("common/trust.yaml", "trust: { reliability: A, credibility: 1, confidence: 80 }\n");
        work.Write("in/a.txt", "192.0.2.1\n198.51.100.7\n");
        return work;
    }

    [Fact]
    public void A_pipeline_made_of_files_runs_with_paths_relative_to_the_file_they_stand_in()
    {
        using var work = Folder();
        work.Run();
        Assert.Equal(["198.51.100.7"], work.Lines("out/list.txt"));
        Assert.Equal(["CTI-SCREEN-002"], work.Column("SELECT code FROM screenings WHERE value = '192.0.2.1'"));
    }

    [Fact]
    public void The_stored_configuration_holds_the_used_files_and_its_hash_covers_them()
    {
        using var work = Folder();
        work.Run();
        work.Write("common/trust.yaml", "trust: { reliability: B, credibility: 1, confidence: 80 }\n");
        work.Run();
        Assert.Equal(2, work.Count("SELECT count(DISTINCT config_hash) FROM runs"));
        Assert.Equal(2, work.Count("SELECT count(*) FROM configs"));
        Assert.Contains(
            "reliability: B",
            string.Concat(work.Column("SELECT content FROM configs")),
            StringComparison.Ordinal
        );
        // It is read again from the store alone, whatever became of the files.
        Directory.Delete(work.PathOf("common"), recursive: true);
        var explained = work.Cti("explain", "198.51.100.7", "--store", work.StorePath, "--json");
        Assert.Equal(0, explained.Exit);
        Assert.Contains("\"list\"", explained.Json.GetProperty("sinks").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundle_reads_back_as_it_was_printed()
    {
        using var work = Folder();
        var bundle = PipelineFile.Load(work.PathOf("p.yaml")).Bundle;
        var again = ConfigBundle.Parse(bundle.Print());
        Assert.Equal(bundle.Print(), again.Print());
        Assert.Equal(
            ["common/screen.yaml", "common/source.yaml", "common/trust.yaml"],
            again.Includes.Select(include => include.Key)
        );
        Assert.Equal("plain: text", ConfigBundle.Parse("plain: text").Print());
    }

    [Fact]
    public void A_mistake_in_a_used_file_is_shown_there_and_in_json_too()
    {
        using var work = Folder();
        work.Write("common/trust.yaml", "trust:\n  reliability: A\n  tlp: grean\n");
        var result = work.Cti("validate", "p.yaml");
        Assert.Equal(2, result.Exit);
        Assert.Contains(" --> common/trust.yaml:3:8\n", result.Error, StringComparison.Ordinal);
        Assert.Contains("3 |   tlp: grean\n", result.Error, StringComparison.Ordinal);
        var json = work.Cti("validate", "p.yaml", "--json").Json;
        Assert.Equal("common/trust.yaml", json[0].GetProperty("file").GetString());
    }

    [Fact]
    public void Validate_reads_the_files_that_are_used_and_writes_nothing()
    {
        using var work = Folder();
        Assert.Equal(0, work.Cti("validate", "p.yaml").Exit);
        Assert.False(work.Exists("out"));
    }

    [Fact]
    public void A_file_used_ten_times_in_each_of_eight_files_in_a_chain_is_refused_at_once()
    {
        using var work = new Workspace();
        for (var level = 0; level < 7; level++)
        {
            var keys = string.Join("\n", Enumerable.Range(0, 20).Select(key => $"k{key}: {{ use: {level + 1}.yaml }}"));
            work.Write($"{level}.yaml", keys);
        }

        work.Write("7.yaml", "a: 1\nb: 2\n");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        var file = PipelineFile.Load(work.PathOf("0.yaml"));
        Assert.Contains(file.Diagnostics, diagnostic => diagnostic.Code == "CTI-CFG-047");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 500_000_000);
    }

    [Fact]
    public void A_chain_of_nine_files_and_a_sixty_fifth_file_are_refused()
    {
        using var work = new Workspace();
        for (var level = 0; level < 9; level++)
        {
            work.Write($"{level}.yaml", $"use: {level + 1}.yaml\n");
        }

        work.Write("9.yaml", "pipeline: p\n");
        Assert.Contains(
            PipelineFile.Load(work.PathOf("0.yaml")).Diagnostics,
            diagnostic => diagnostic is { Code: "CTI-CFG-047", File: "7.yaml" }
        );

        var names = Enumerable.Range(0, 65).Select(number => $"part{number}.yaml").ToList();
        names.ForEach(name => work.Write(name, "description: x\n"));
        work.Write("many.yaml", $"pipeline: p\nuse: [{string.Join(", ", names)}]\n");
        Assert.Single(
            PipelineFile.Load(work.PathOf("many.yaml")).Diagnostics,
            diagnostic => diagnostic.Code == "CTI-CFG-047"
        );
    }

    [Fact]
    public void A_ten_level_alias_bomb_costs_little_time_and_memory()
    {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
        for (var level = 1; level <= 10; level++)
        {
            text += $"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]\n";
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        var diagnostic = Assert.Single(PipelineFile.Parse("bomb.yaml", text).Diagnostics);
        Assert.Equal("CTI-CFG-002", diagnostic.Code);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 50_000_000);
    }

    [Fact]
    public void A_misspelt_path_of_a_source_and_of_a_list_is_corrected_when_it_runs()
    {
        using var work = Folder();
        work.Write("common/screen.yaml", "screen: { allow: [lists/our.txt] }\n");
        var lists = work.TryRun();
        Assert.Equal(1, lists.Exit);
        Assert.Contains("did you mean common/lists/ours.txt?", lists.Error, StringComparison.Ordinal);

        work.Write("common/screen.yaml", "screen: {}\n");
        Directory.Move(work.PathOf("in"), work.PathOf("int"));
        Assert.Contains("did you mean int/a.txt?", work.TryRun().Error, StringComparison.Ordinal);
    }
}
