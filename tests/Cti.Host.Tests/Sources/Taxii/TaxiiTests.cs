// Collections when all goes well: how they are found, paged, filtered, and read on from where the last reading ended.

using Cti.Host.Tests.Harness;
using Cti.Host.Tests.Sources.Http;
using Xunit;
using static Cti.Host.Tests.Sources.Taxii.TaxiiWorkspace;

namespace Cti.Host.Tests.Sources.Taxii;

public class TaxiiTests
{
    private static IEnumerable<TaxiiObject> Some(int count) =>
        Enumerable.Range(1, count).Select(number => TaxiiObject.Of(number));

    [Theory]
    [InlineData("/taxii2/", "collection: high value indicators")]
    [InlineData("/taxii2", "collection: 91A7B528-80EB-42ED-A74D-C6FBD5A26116")]
    [InlineData("", "collection: High Value Indicators")]
    [InlineData("/api1", "collection: 91a7b528-80eb-42ed-a74d-c6fbd5a26116")]
    [InlineData("/api1/collections/", "collection: High Value Indicators")]
    [InlineData("/api1/collections/91a7b528-80eb-42ed-a74d-c6fbd5a26116", "")]
    [InlineData("/api1/collections/91a7b528-80eb-42ed-a74d-c6fbd5a26116/objects/", "")]
    public void A_collection_is_found_from_wherever_its_URL_begins(string path, string collection)
    {
        using var server = new TaxiiServer(Some(25));
        using var work = With(From(server.Url + path, collection));
        Assert.Equal(25, work.Records());
        Assert.Equal(3, server.Asked.Count);
        Assert.All(server.Requests, request => Assert.Equal(TaxiiServer.MediaType, request["Accept"]));
        Assert.All(
            server.Requests.Skip(1),
            request => Assert.EndsWith("/", request.Target.Split('?')[0], StringComparison.Ordinal)
        );
    }

    [Fact]
    public void The_only_readable_collection_needs_no_name()
    {
        using var server = new TaxiiServer(Some(3));
        using var work = With(From(server.Discovery));
        Assert.Equal(3, work.Records());
    }

    [Fact]
    public void A_collection_is_read_as_STIX_where_nothing_else_is_said()
    {
        using var server = new TaxiiServer(
            new TaxiiObject(
                new DateTime(2026, 1, 1, 0, 0, 1, DateTimeKind.Utc),
                """{"type":"indicator","spec_version":"2.1","id":"indicator--00000001-0000-4000-8000-000000000000","created":"2025-12-01T00:00:00.000Z","modified":"2025-12-01T00:00:00.000Z","pattern":"[domain-name:value = 'bad.example.com']","pattern_type":"stix","valid_from":"2025-12-01T00:00:00Z"}"""
            )
        );
        using var work = With(From(server.Discovery));
        var declared = work.Lines("p.yaml")
            .Where(line =>
                !line.TrimStart().StartsWith("read:", StringComparison.Ordinal)
                && !line.TrimStart().StartsWith("map:", StringComparison.Ordinal)
            );
        work.Write("p.yaml", string.Join('\n', declared));
        work.Run();
        Assert.Equal(["domain bad.example.com"], work.Column("SELECT concat_ws(' ', type, value) FROM indicators"));
        Assert.Equal(1, work.Count("SELECT count(*) FROM derivations"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_next_reading_asks_for_what_was_added_since(bool givesNext)
    {
        using var server = new TaxiiServer(Some(25)) { GivesNext = givesNext };
        using var work = With(From(server.Discovery, "collection: High Value Indicators"));
        Assert.Equal(25, work.Records());
        Assert.Equal(0, work.Records());
        Assert.EndsWith("&added_after=2026-01-01T00:00:25.000122Z", server.Asked[^1], StringComparison.Ordinal);
        server.Objects.AddRange([TaxiiObject.Of(26), TaxiiObject.Of(27, second: 25)]);
        Assert.Equal(2, work.Records());
        Assert.Equal(27, work.Held());
        Assert.Equal(
            ["2026-01-01T00:00:26.000123Z"],
            work.Column("SELECT split_part(receipt, ' ', 1) FROM cursors WHERE kind = 'source'")
        );
        Assert.Contains(
            "added 2026-01-01T00:00:26.000123Z",
            work.Cti("cursor", "list", "p.yaml").Out,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_filter_goes_along_and_another_filter_begins_anew()
    {
        using var server = new TaxiiServer(Some(3).Append(TaxiiObject.Of(4, type: "malware")));
        using var work = With(
            From(
                server.Discovery,
                "match: { type: [ indicator, tool ], version: all, spec_version: \"2.1\" }, limit: 2"
            )
        );
        Assert.Equal(3, work.Records());
        Assert.StartsWith(
            "/api1/collections/91a7b528-80eb-42ed-a74d-c6fbd5a26116/objects/?match[type]=indicator,tool&match[spec_version]=2.1&match[version]=all&limit=2",
            server.Asked[0],
            StringComparison.Ordinal
        );
        Assert.Contains("&next=2", server.Asked[1], StringComparison.Ordinal);
        Declare(work, From(server.Discovery, "match: { type: malware }"));
        Assert.Equal(1, work.Records());
        Assert.Equal(4, work.Held());
    }

    [Fact]
    public void A_declared_start_leaves_out_what_was_added_before()
    {
        using var server = new TaxiiServer(Some(9));
        using var work = With(From(server.Discovery, "added_after: 2026-01-01T00:00:05.000123Z"));
        Assert.Equal(4, work.Records());
        Assert.Contains("added_after=2026-01-01T00:00:05.000123Z", server.Asked[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_asks_for_everything_and_withdraws_what_is_gone()
    {
        using var server = new TaxiiServer(Some(12));
        using var work = With(From(server.Discovery), "mode: snapshot");
        Assert.Equal(12, work.Records());
        Assert.Equal(0, work.RunAt("2026-01-20T00:00:00Z").GetProperty("records").GetInt64());
        server.Objects.RemoveAt(0);
        Assert.Equal(11, work.RunAt("2026-01-21T00:00:00Z").GetProperty("records").GetInt64());
        Assert.Equal(11, work.Lines("out/list.txt").Length);
        Assert.All(server.Asked, target => Assert.DoesNotContain("added_after", target, StringComparison.Ordinal));
    }

    [Fact]
    public void A_reading_that_was_killed_amid_a_page_goes_on_within_it()
    {
        using var server = new TaxiiServer(Some(40)) { PageSize = 20 };
        using var work = With(From(server.Discovery));
        using (
            var process = CtiProcess.Launch(
                work.Root,
                "/usr/bin/env",
                "CTI_CRASH_AT=epoch.commit:5",
                CtiProcess.Executable,
                "run",
                "p.yaml",
                "--now",
                Workspace.Now,
                "--epoch-records",
                "7"
            )
        )
        {
            process.Wait();
        }

        // Four epochs of seven are in the store: the first page, and eight objects of the second.
        Assert.Equal(28, work.Held());
        Assert.Equal(12, work.Records());
        Assert.Equal(40, work.Held());
        Assert.Equal(40, work.Count("SELECT count(*) FROM observations"));
    }

    [Fact]
    public void Credentials_go_along_and_are_read_again_when_they_are_refused_amid_pages()
    {
        var isRenewed = false;
        using var server = new TaxiiServer(Some(25));
        using var work = With(From(server.Discovery, "basic: { user: me, password: \"${file:secret}\" }"));
        work.Write("secret", "first-password\n");
        server.Override = request =>
        {
            if (request.Target.Contains("next=10", StringComparison.Ordinal) && !isRenewed)
            {
                isRenewed = true;
                work.Write("secret", "second-password\n");
            }

            var password = isRenewed ? "second-password" : "first-password";
            var expected = "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("me:" + password));
            return request["Authorization"] == expected
                ? null
                : TaxiiServer.Json($$"""{"title":"Unauthorized","description":"{{password}} is wanted"}""", 401);
        };
        Assert.Equal(25, work.Records());
        isRenewed = true;
        work.Write("secret", "third-password\n");
        var result = work.Fails("CTI-SOURCE-012", "401", "${file:secret}");
        Assert.DoesNotContain("third-password", result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Packed_pages_are_unpacked()
    {
        using var server = new TaxiiServer(Some(3));
        server.Override = request =>
            TaxiiServer.IsObjects(request)
                ? new TestAnswer
                {
                    Bytes = FetchTests.Gzip(server.Answer(request).Body),
                    Headers = [$"Content-Type: {TaxiiServer.MediaType}", "Content-Encoding: gzip"],
                }
                : null;
        using var work = With(From(server.Discovery));
        Assert.Equal(3, work.Records());
    }

    [Fact]
    public void Positions_name_the_page_and_the_line_of_the_object()
    {
        using var server = new TaxiiServer(Some(12));
        using var work = With(From(server.Discovery));
        work.Run();
        var place = $"{server.Url}/api1/collections/{TaxiiServer.Id}/objects/";
        Assert.Equal(
            [$"{place}#1|2", $"{place}#2|3"],
            work.Column(
                "SELECT concat(uri, '|', line) FROM observations WHERE value IN ('n1.example.com', 'n12.example.com') ORDER BY 1"
            )
        );
    }
}
