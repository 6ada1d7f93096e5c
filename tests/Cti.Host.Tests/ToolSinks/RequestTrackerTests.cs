// A real Request Tracker behind a ticket sink: one ticket for an indicator, whatever becomes of the indicator, of cti in the middle of it, or of the
// characters a feed sends.

using System.Text.Json;
using Cti.Core;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.ToolSinks;

[Collection(Heavy.Name)]
[Trait("Tool", "request-tracker")]
public class RequestTrackerTests(RequestTracker tracker) : IClassFixture<RequestTracker>
{
    [Fact]
    public async Task An_indicator_has_one_ticket_from_its_first_day_to_its_last_and_when_it_is_back()
    {
        if (!await tracker.IsThereAsync())
        {
            return;
        }

        using var work = Work(tracker.TokenOf("cti"));
        List(work, "life.example,80,phishing", "other.example,50,");
        Run(work, "2026-01-02T00:00:00Z");
        var first = await TicketAsync("domain life.example");
        var ticket = RequestTracker.Text(first, "id");
        var score = RequestTracker.Field(first, "CTI Score");
        Assert.Equal(score, RequestTracker.Text(first, "Priority"));
        Assert.Equal("life.example", RequestTracker.Field(first, "CTI Value"));
        Assert.Equal("new", RequestTracker.Text(first, "Status"));
        var opening = Assert.Single(await tracker.HistoryAsync(ticket), one => one.Type == "Create").Text;
        Assert.Contains("\nvalue       life.example\n", opening, StringComparison.Ordinal);
        Assert.Contains("\nlabels      phishing\n", opening, StringComparison.Ordinal);
        var other = await TicketAsync("domain other.example");

        // It changes: fields are set, and a comment tells what is different.
        List(work, "life.example,20,phishing|kit", "other.example,50,");
        Run(work, "2026-01-02T01:00:00Z");
        var changed = await TicketAsync("domain life.example");
        Assert.Equal(ticket, RequestTracker.Text(changed, "id"));
        Assert.NotEqual(score, RequestTracker.Field(changed, "CTI Score"));
        Assert.Equal(RequestTracker.Field(changed, "CTI Score"), RequestTracker.Text(changed, "Priority"));
        var told = Assert.Single(await tracker.HistoryAsync(ticket), one => one.Type == "Comment").Text;
        Assert.StartsWith("Changed: ", told, StringComparison.Ordinal);
        Assert.Contains("score", told.Split('.')[0], StringComparison.Ordinal);
        Assert.Contains("labels", told.Split('.')[0], StringComparison.Ordinal);

        // Its source takes it back.
        List(work, "other.example,50,");
        Run(work, "2026-01-03T00:00:00Z");
        var resolved = await TicketAsync("domain life.example");
        Assert.Equal(
            (ticket, "resolved"),
            (RequestTracker.Text(resolved, "id"), RequestTracker.Text(resolved, "Status"))
        );
        var reason = (await tracker.HistoryAsync(ticket)).Last(one => one.Type == "Comment").Text;
        Assert.StartsWith(
            "Withdrawn: no source that this sink may see stands behind it any more (valid until 2026-01-03T",
            reason,
            StringComparison.Ordinal
        );

        // And lists it again.
        List(work, "life.example,80,phishing", "other.example,50,");
        Run(work, "2026-01-04T00:00:00Z");
        var back = await TicketAsync("domain life.example");
        Assert.Equal((ticket, "open"), (RequestTracker.Text(back, "id"), RequestTracker.Text(back, "Status")));
        Assert.Equal(3, (await tracker.HistoryAsync(ticket)).Count(one => one.Type == "Comment"));

        // Nobody touched the other one, and a run without news touches none.
        Run(work, "2026-01-04T00:00:00Z");
        Assert.Equal(3, (await tracker.HistoryAsync(ticket)).Count(one => one.Type == "Comment"));
        Assert.DoesNotContain(
            await tracker.HistoryAsync(RequestTracker.Text(other, "id")),
            one => one.Type is "Comment" or "Set" or "Status"
        );
        Assert.Empty(work.Query("FROM books WHERE missing <> 0"));
    }

    [Fact]
    public async Task A_run_that_is_killed_before_it_notes_its_ticket_makes_no_second_one()
    {
        if (!await tracker.IsThereAsync())
        {
            return;
        }

        using var work = Work(tracker.TokenOf("cti"));
        List(work, "killed.example,80,");
        using (
            var killed = CtiProcess.Launch(
                work.Root,
                "/usr/bin/env",
                ["CTI_CRASH_AT=cursor.commit:1", CtiProcess.Executable, "run", "p.yaml", "--now", Workspace.Now]
            )
        )
        {
            Assert.Equal(137, killed.Wait().Exit);
        }

        var made = RequestTracker.Text(await TicketAsync("domain killed.example"), "id");
        Assert.Empty(work.Query("FROM deliveries"));
        Run(work, Workspace.Now);
        Assert.Equal(made, RequestTracker.Text(await TicketAsync("domain killed.example"), "id"));
        Assert.Equal(["added"], work.Column("SELECT op FROM deliveries"));
        Assert.DoesNotContain(await tracker.HistoryAsync(made), one => one.Type == "Comment");
    }

    [Fact]
    public async Task An_answer_that_never_came_leaves_one_ticket_in_the_end()
    {
        if (!await tracker.IsThereAsync())
        {
            return;
        }

        // As if RT had finished the first attempt only behind the second one's look.
        using var work = Work(tracker.TokenOf("cti"));
        List(work, "twin.example,80,");
        Run(work, "2026-01-02T00:00:00Z");
        var first = await TicketAsync("domain twin.example");
        await tracker.AskAsync(
            HttpMethod.Post,
            "ticket",
            new
            {
                Queue = RequestTracker.Queue,
                Subject = "domain twin.example",
                CustomFields = new Dictionary<string, string>
                {
                    ["CTI Indicator"] = RequestTracker.Field(first, "CTI Indicator"),
                },
            }
        );
        Assert.Equal(2, (await tracker.FindAsync("Subject = 'domain twin.example'")).Count);
        List(work, "twin.example,20,");
        Run(work, "2026-01-02T01:00:00Z");
        Assert.Equal(
            RequestTracker.Text(first, "id"),
            RequestTracker.Text(await TicketAsync("domain twin.example"), "id")
        );
    }

    [Fact]
    public async Task Whatever_a_feed_sends_makes_its_own_ticket_and_touches_no_other()
    {
        if (!await tracker.IsThereAsync())
        {
            return;
        }

        string[] hostile =
        [
            "x' OR Queue = 'General.exe",
            "back\\slash' OR id > 0 --.exe",
            "\" OR Subject LIKE \"%.exe",
            "<script>alert(1)</script>.exe",
            "a) OR (id > 0.exe",
            "CF.{CTI State}.exe",
            "__Subject__ ${jndi:ldap://x} é 日本.exe",
        ];
        using var work = Work(tracker.TokenOf("cti"), "user_agent");
        work.Write(
            "in/a.txt",
            string.Concat(hostile.Select(value => $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\",80,\n"))
        );
        Run(work, "2026-01-02T00:00:00Z");
        work.Write("in/a.txt", "other.exe,80,\n");
        Run(work, "2026-01-03T00:00:00Z");
        foreach (var value in hostile)
        {
            var ticket = await TicketAsync($"user_agent {value}");
            Assert.Equal("resolved", RequestTracker.Text(ticket, "Status"));
            Assert.Equal(value, RequestTracker.Field(ticket, "CTI Value"));
            var history = await tracker.HistoryAsync(RequestTracker.Text(ticket, "id"));
            Assert.Contains(
                $"\nvalue       {value}\n",
                Assert.Single(history, one => one.Type == "Create").Text,
                StringComparison.Ordinal
            );
            Assert.Single(history, one => one.Type == "Comment");
        }

        Assert.Equal("new", RequestTracker.Text(await TicketAsync("user_agent other.exe"), "Status"));
    }

    // What the sink asks for are ids; this shows that the one escaping function is right about RT's parser, whatever it is given.
    [Fact]
    public async Task A_literal_of_TicketSQL_finds_the_ticket_that_holds_the_text_and_no_other()
    {
        if (!await tracker.IsThereAsync())
        {
            return;
        }

        string[] texts =
        [
            "it's",
            "it\\'s",
            "ends in \\",
            "x' OR id > 0 OR Subject = '",
            "\"quoted\" (a)",
            "%",
            "{a} CF.{b}",
        ];
        foreach (var text in texts)
        {
            await tracker.AskAsync(
                HttpMethod.Post,
                "ticket",
                new
                {
                    Queue = RequestTracker.Queue,
                    Subject = "literal",
                    CustomFields = new Dictionary<string, string> { ["CTI Value"] = text },
                }
            );
        }

        foreach (var text in texts)
        {
            var found = await tracker.FindAsync(
                $"Subject = 'literal' AND 'CF.{{CTI Value}}' = {TicketSql.literal(text).Value}"
            );
            Assert.Equal(text, RequestTracker.Field(Assert.Single(found), "CTI Value"));
        }
    }

    [Theory]
    [InlineData("cti", "Treats", "there is no queue `Treats`")]
    [InlineData("cti", "Bare", "tickets of the queue `Bare` have no custom field `CTI Indicator`, `CTI State`")]
    [InlineData("guest", "Threats", "but does not find it by its custom field")]
    [InlineData("nobody", "Threats", "CTI-SEND-007")]
    public async Task What_somebody_must_mend_is_said_so_that_it_can_be(string user, string queue, string said)
    {
        if (!await tracker.IsThereAsync())
        {
            return;
        }

        using var work = Work(user == "nobody" ? "1-99-0123456789abcdef" : tracker.TokenOf(user), queue: queue);
        List(work, $"mend-{user}-{queue}.example,80,");
        var result = work.Cti("run", "p.yaml", "--now", Workspace.Now);
        Assert.True(result.Exit == 1, result.ToString());
        Assert.Contains(said, result.ToString(), StringComparison.Ordinal);
        Assert.Contains(user == "nobody" ? "${file:token}" : queue, result.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(work.Read("token"), result.Out + result.Error, StringComparison.Ordinal);
        // Nothing is lost: mended, the next run goes on behind its cursor.
        Assert.Empty(work.Query("FROM deliveries"));
    }

    private Workspace Work(string token, string type = "domain", string queue = RequestTracker.Queue)
    {
        var work = new Workspace();
        work.Write("token", token);
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: { type: file, path: in/a.txt }
                read: { type: csv, header: none, columns: [value, confidence, labels] }
                mode: snapshot
                expect: { shrink: 100% }
                map:
                  - value: { field: value }
                    type: {{type}}
                    confidence: { field: confidence }
                    labels: [ { field: labels, split: "|" } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
            sinks:
              - name: tickets
                render: { type: ndjson }
                to:
                  type: request_tracker
                  url: "{{tracker.Url}}"
                  queue: {{queue}}
                  token: "${file:token}"
                  fields: {{(queue == "Bare" ? "{}" : "{ CTI Score: score, CTI Value: value }")}}
                retry: { attempts: 2, base: 10ms }
            """
        );
        return work;
    }

    private static void List(Workspace work, params IEnumerable<string> lines) =>
        work.Write("in/a.txt", string.Concat(lines.Select(line => line + "\n")));

    private static void Run(Workspace work, string now) => work.RunAt(now);

    // There is one, whatever was done.
    private async Task<JsonElement> TicketAsync(string subject) =>
        Assert.Single(await tracker.FindAsync($"Subject = {TicketSql.literal(subject).Value}"));
}
