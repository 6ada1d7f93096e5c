// A TAXII 2.1 server that is written to, on raw sockets: it holds every request to the documented shape (sections 3, 4.3 and 5.4), and answers as a test says.

using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;

namespace Cti.Host.Tests.Harness;

/// <summary>Answers until disposed; every property may change between two requests.</summary>
public sealed class TaxiiReceiver : IDisposable
{
    public const string Id = "91a7b528-80eb-42ed-a74d-c6fbd5a26116";
    public const string MediaType = "application/taxii+json;version=2.1";
    private const string Objects = $"/api1/collections/{Id}/objects/";

    // What a server knows without being told: TLP is everybody's.
    private static readonly string[] Versioned = ["indicator", "identity", "extension-definition", "vulnerability"];

    private readonly ConcurrentDictionary<(string Id, string Version), JsonElement> _held = new();
    private readonly ConcurrentQueue<JsonElement> _order = new();
    private readonly ConcurrentDictionary<string, (string Status, int Left)> _statuses = new();
    private int _posts;

    public TaxiiReceiver() => Server = new FaultServer(null, Judge);

    public FaultServer Server { get; }

    public string Url => Server.Url;

    public string Discovery => Url + "/taxii2/";

    public long MaxContentLength { get; set; } = 10_000_000;

    public bool CanWrite { get; set; } = true;

    /// <summary>How often a status is asked for before it is complete.</summary>
    public int Pending { get; set; }

    /// <summary>The words with which an object fails; null takes it.</summary>
    public Func<JsonElement, string?> Refuses { get; set; } = _ => null;

    /// <summary>Whether statuses name what failed.</summary>
    public bool NamesFailures { get; set; } = true;

    /// <summary>Asked first, of every request; null goes on as usual.</summary>
    public Func<FaultRequest, Fault?> Override { get; set; } = _ => null;

    /// <summary>What was wrong with requests.</summary>
    public ConcurrentQueue<string> Wrong { get; } = new();

    /// <summary>What the collection holds, in the order it came; each version once.</summary>
    public IReadOnlyList<JsonElement> Held => [.. _order];

    /// <summary>Lengths of the envelopes that were read.</summary>
    public ConcurrentQueue<long> Lengths { get; } = new();

    public int Posts => _posts;

    public void Dispose() => Server.Dispose();

    public static bool IsPost(FaultRequest request) => request.Head.Target == Objects && request.Body.Length > 0;

    private Fault Judge(FaultRequest request)
    {
        var path = request.Head.Target;
        if (!path.EndsWith('/'))
        {
            return Bad(404, $"{path} does not end in a slash");
        }

        if (request["Accept"] != MediaType)
        {
            return Bad(406, $"Accept is {request["Accept"]}");
        }

        if (IsPost(request))
        {
            Interlocked.Increment(ref _posts);
        }

        return Override(request) ?? Answer(path, request);
    }

    private Fault Answer(string path, FaultRequest request) =>
        path switch
        {
            "/taxii2/" => Json("""{"title":"Test","api_roots":["/api1/"]}"""),
            "/api1/" => Json(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $$"""{"title":"One","versions":["{{MediaType}}"],"max_content_length":{{MaxContentLength}}}"""
                )
            ),
            "/api1/collections/" => Json($$"""{"collections":[{{Collection}}]}"""),
            $"/api1/collections/{Id}/" => Json(Collection),
            Objects when IsPost(request) => Take(request),
            _ when path.StartsWith(Objects, StringComparison.Ordinal) => Give(path[Objects.Length..].TrimEnd('/')),
            _ when path.StartsWith("/api1/status/", StringComparison.Ordinal) => Status(path.Split('/')[3]),
            _ => Bad(404, $"nothing is at {path}"),
        };

    private string Collection =>
        $$"""{"id":"{{Id}}","alias":"blocked","title":"Blocked","can_read":true,"can_write":{{(CanWrite ? "true" : "false")}},"media_types":["application/stix+json;version=2.1"]}""";

    private Fault Take(FaultRequest request)
    {
        if (request["Content-Type"] != MediaType)
        {
            return Bad(415, $"Content-Type is {request["Content-Type"]}");
        }

        Lengths.Enqueue(request.Body.Length);
        if (request.Body.Length > MaxContentLength)
        {
            return Bad(413, $"{request.Body.Length} bytes");
        }

        using var envelope = JsonDocument.Parse(request.Body);
        if (envelope.RootElement.EnumerateObject().Any(property => property.Name != "objects"))
        {
            return Bad(422, "an envelope that is sent holds nothing but objects");
        }

        var failures = new List<string>();
        var count = 0;
        foreach (var item in envelope.RootElement.GetProperty("objects").EnumerateArray())
        {
            count++;
            if (Shape(item) is { } problem)
            {
                return Bad(422, problem);
            }

            if (Refuses(item) is { } words)
            {
                failures.Add(
                    $$"""{"id":"{{Text(item, "id")}}","version":"{{Version(item)}}","message":{{JsonSerializer.Serialize(words)}}}"""
                );
            }
            else if (_held.TryAdd((Text(item, "id"), Version(item)), item.Clone()))
            {
                _order.Enqueue(item.Clone());
            }
        }

        return Begin(count, failures);
    }

    private Fault Begin(int count, List<string> failures)
    {
        var id = Guid.NewGuid().ToString();
        var named = failures.Count > 0 && NamesFailures ? $",\"failures\":[{string.Join(',', failures)}]" : "";
        var done = string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"id":"{{id}}","status":"complete","request_timestamp":"2026-01-02T00:00:00.000000Z","total_count":{{count}},"success_count":{{count - failures.Count}},"failure_count":{{failures.Count}}{{named}},"pending_count":0}"""
        );
        _statuses[id] = (done, Pending);
        return Status(id, 202);
    }

    private Fault Status(string id, int http = 200)
    {
        if (!_statuses.TryGetValue(id, out var status))
        {
            return Bad(404, $"no status {id}");
        }

        if (status.Left == 0)
        {
            return Json(status.Status, http);
        }

        _statuses[id] = status with { Left = status.Left - 1 };
        return Json(
            $$"""{"id":"{{id}}","status":"pending","total_count":9,"success_count":0,"failure_count":0,"pending_count":9}""",
            http
        );
    }

    private Fault Give(string id)
    {
        var versions = _order.Where(item => Text(item, "id") == id).ToList();
        return Json(versions.Count == 0 ? "{}" : $"{{\"objects\":[{versions[^1].GetRawText()}]}}");
    }

    // Null where it is well.
    private string? Shape(JsonElement item)
    {
        var (type, id) = (Text(item, "type"), Text(item, "id"));
        if (type.Length == 0 || !id.StartsWith(type + "--", StringComparison.Ordinal))
        {
            return $"`{id}` is no id of a `{type}`";
        }

        if (Text(item, "spec_version") != "2.1" || Text(item, "created").Length != 24)
        {
            return $"{id} has no spec_version or created";
        }

        if (Versioned.Contains(type) && Text(item, "modified").Length != 24)
        {
            return $"{id} has no modified";
        }

        return
            References(item).FirstOrDefault(reference => !_held.Keys.Any(held => held.Id == reference)) is { } missing
            ? $"{id} refers to {missing}, which did not come before it"
            : null;
    }

    private static IEnumerable<string> References(JsonElement item)
    {
        if (item.TryGetProperty("created_by_ref", out var creator))
        {
            yield return creator.GetString()!;
        }

        if (item.TryGetProperty("object_marking_refs", out var markings))
        {
            foreach (var marking in markings.EnumerateArray())
            {
                yield return marking.GetString()!;
            }
        }
    }

    private static string Version(JsonElement item) =>
        Text(item, "modified") is { Length: > 0 } modified ? modified : Text(item, "created");

    private static string Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var text) ? text.GetString() ?? "" : "";

    private Fault Bad(int status, string what)
    {
        Wrong.Enqueue(what);
        return Json(
            $$"""{"title":"Refused","description":{{JsonSerializer.Serialize(what)}},"http_status":"{{status}}"}""",
            status
        );
    }

    public static Fault Json(string body, int status = 200) =>
        new Fault.Answer(status, body, $"Content-Type: {MediaType}");
}
