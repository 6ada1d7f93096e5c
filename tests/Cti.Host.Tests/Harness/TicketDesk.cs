// What RT's REST API 2.0 does with the few requests of a ticket sink, in memory and quick: for what a real RT cannot be made to do, and for many tickets.
// RequestTrackerTests hold the sink to a real one.

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cti.Host.Tests.Harness;

/// <summary>A ticket as the desk holds it.</summary>
public sealed class DeskTicket(int id)
{
    public int Id { get; } = id;
    public string Subject { get; set; } = "";
    public long Priority { get; set; }
    public string Status { get; set; } = "new";
    public Dictionary<string, string> Fields { get; } = new(StringComparer.Ordinal);

    /// <summary>Its first text, then the comments.</summary>
    public List<string> Texts { get; } = [];
}

/// <summary>Answers requests as <see cref="FaultServer.Judge"/>; safe from any thread.</summary>
public sealed partial class TicketDesk
{
    private readonly Lock _gate = new();
    private readonly List<DeskTicket> _tickets = [];

    /// <summary>Custom fields of the queue Threats.</summary>
    public List<string> CustomFields { get; } = ["CTI Indicator", "CTI State", "Record"];

    /// <summary>A new ticket whose text holds this is refused.</summary>
    public string Refused { get; set; } = "\0";

    /// <summary>Statuses that no ticket takes, as a lifecycle may forbid.</summary>
    public List<string> Forbidden { get; } = [];

    public IReadOnlyList<DeskTicket> Tickets
    {
        get
        {
            lock (_gate)
            {
                return [.. _tickets];
            }
        }
    }

    public Fault Judge(FaultRequest request)
    {
        lock (_gate)
        {
            var target = new Uri("http://desk" + request.Head.Target);
            var path = target.AbsolutePath.Split("/REST/2.0/", 2)[^1].Split('/');
            return (request.Head.Method, path) switch
            {
                ("GET", ["queue", "Threats"]) => Answer(
                    200,
                    new { id = 3, TicketCustomFields = CustomFields.Select(name => new { name }) }
                ),
                ("GET", ["queue", _]) => Answer(403, new { message = "Forbidden" }),
                ("GET", ["tickets"]) => Search(Uri.UnescapeDataString(target.Query)),
                ("POST", ["ticket"]) => Create(request),
                ("PUT", ["ticket", var id]) => Edit(id, request),
                ("POST", ["ticket", var id, "comment"]) => Comment(id, request),
                _ => Answer(404, new { message = "Not Found" }),
            };
        }
    }

    [GeneratedRegex("^\\?query=Queue = 3 AND 'CF\\.\\{CTI Indicator\\}' = '(?<id>indicator--[0-9a-f-]{36})'&fields=")]
    private static partial Regex Query();

    private static Fault.Answer Answer(int status, object body) =>
        new(status, JsonSerializer.Serialize(body), "Content-Type: application/json; charset=utf-8");

    private Fault.Answer Search(string query) =>
        Query().Match(query) is { Success: true } match
            ? Answer(
                200,
                new
                {
                    items = _tickets
                        .Where(ticket => ticket.Fields.GetValueOrDefault("CTI Indicator") == match.Groups["id"].Value)
                        .Select(ticket => new
                        {
                            id = ticket.Id.ToString(CultureInfo.InvariantCulture),
                            ticket.Subject,
                            Priority = ticket.Priority.ToString(CultureInfo.InvariantCulture),
                            ticket.Status,
                            Creator = new { id = "cti" },
                            CustomFields = ticket.Fields.Select(field => new
                            {
                                name = field.Key,
                                values = new[] { field.Value },
                            }),
                        }),
                }
            )
            : Answer(500, new { message = $"no such query: {query}" });

    private Fault.Answer Create(FaultRequest request)
    {
        using var body = JsonDocument.Parse(request.Body);
        var text = body.RootElement.GetProperty("Content").GetString()!;
        if (text.Contains(Refused, StringComparison.Ordinal))
        {
            return Answer(400, new { message = "no such thing" });
        }

        var ticket = new DeskTicket(_tickets.Count + 1);
        Set(ticket, body.RootElement);
        ticket.Texts.Add(text);
        _tickets.Add(ticket);
        return Answer(201, new { id = ticket.Id });
    }

    private Fault.Answer Edit(string id, FaultRequest request)
    {
        using var body = JsonDocument.Parse(request.Body);
        Set(_tickets[int.Parse(id, CultureInfo.InvariantCulture) - 1], body.RootElement);
        return Answer(200, new[] { $"Ticket {id}: as it may be" });
    }

    private Fault.Answer Comment(string id, FaultRequest request)
    {
        using var body = JsonDocument.Parse(request.Body);
        var ticket = _tickets[int.Parse(id, CultureInfo.InvariantCulture) - 1];
        ticket.Texts.Add(body.RootElement.GetProperty("Content").GetString()!);
        Set(ticket, body.RootElement);
        return Answer(201, Array.Empty<string>());
    }

    private void Set(DeskTicket ticket, JsonElement body)
    {
        foreach (var member in body.EnumerateObject())
        {
            switch (member.Name)
            {
                case "Subject":
                    ticket.Subject = member.Value.GetString()!;
                    break;
                case "Priority":
                    ticket.Priority = member.Value.GetInt64();
                    break;
                case "Status" when !Forbidden.Contains(member.Value.GetString()!):
                    ticket.Status = member.Value.GetString()!;
                    break;
                case "CustomFields":
                    foreach (var field in member.Value.EnumerateObject().Where(one => CustomFields.Contains(one.Name)))
                    {
                        if (field.Value.GetString() is { } text)
                        {
                            ticket.Fields[field.Name] = text;
                        }
                        else
                        {
                            ticket.Fields.Remove(field.Name);
                        }
                    }

                    break;
            }
        }
    }
}
