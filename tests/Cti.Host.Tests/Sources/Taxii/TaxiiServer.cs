// A TAXII 2.1 server of this machine: as the specification wants it, and wrong in the one way a test sets.

using System.Globalization;
using System.Web;
using Cti.Host.Tests.Harness;

namespace Cti.Host.Tests.Sources.Taxii;

/// <summary>An object and when it was added.</summary>
internal sealed record TaxiiObject(DateTime Added, string Json)
{
    /// <summary>An indicator whose name is a domain; one per number, a second apart.</summary>
    public static TaxiiObject Of(int number, int? second = null, string type = "indicator") =>
        new(
            new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(second ?? number).AddMicroseconds(123),
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"type":"{{type}}","spec_version":"2.1","id":"{{type}}--{{number:00000000}}-0000-4000-8000-000000000000","name":"n{{number}}.example.com","modified":"2025-12-01T00:00:00.000Z"}"""
            )
        );
}

/// <summary>Answers until disposed; every property may change between two runs.</summary>
internal sealed class TaxiiServer : IDisposable
{
    public const string Id = "91a7b528-80eb-42ed-a74d-c6fbd5a26116";
    public const string MediaType = "application/taxii+json;version=2.1";

    private readonly TestServer _server;

    public TaxiiServer(params IEnumerable<TaxiiObject> objects)
    {
        Objects = [.. objects];
        _server = new TestServer(request => Override(request) ?? Answer(request));
    }

    public List<TaxiiObject> Objects { get; }
    public int PageSize { get; set; } = 10;
    public bool GivesNext { get; set; } = true;
    public bool IsInclusive { get; set; }
    public bool SaysDates { get; set; } = true;
    public bool KnowsMatch { get; set; } = true;
    public bool KnowsLimit { get; set; } = true;
    public string DateFormat { get; set; } = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
    public string Collections { get; set; } =
        $$"""{"collections":[{"id":"{{Id}}","title":"High Value Indicators","can_read":true,"can_write":false},{"id":"52892447-4d7e-4f70-b94d-d7f22742ff63","title":"Hidden","can_read":false,"can_write":true}]}""";
    public string Roots { get; set; } = "\"/api1/\"";

    /// <summary>Asked first; null goes on as usual.</summary>
    public Func<TestRequest, TestAnswer?> Override { get; set; } = _ => null;

    public string Url => _server.Url;

    public string Discovery => Url + "/taxii2/";

    /// <summary>Targets of the requests for objects, unescaped.</summary>
    public List<string> Asked =>
        [
            .. _server
                .Requests.Where(request => request.Target.Contains("/objects/", StringComparison.Ordinal))
                .Select(request => Uri.UnescapeDataString(request.Target)),
        ];

    public List<TestRequest> Requests => [.. _server.Requests];

    public void Dispose() => _server.Dispose();

    public static TestAnswer Json(string body, int status = 200, params string[] headers) =>
        new(body, status) { Headers = [$"Content-Type: {MediaType}", .. headers] };

    public static bool IsObjects(TestRequest request) => request.Target.Contains("/objects/", StringComparison.Ordinal);

    /// <summary>What the server says when nothing is overridden.</summary>
    public TestAnswer Answer(TestRequest request)
    {
        var path = request.Target.Split('?')[0];
        if (!path.EndsWith('/'))
        {
            return new TestAnswer("", 301) { Headers = [$"Location: {path}/"] };
        }

        return path switch
        {
            "/taxii2/" => Json($$"""{"title":"Test","default":"/api1/","api_roots":[{{Roots}}]}"""),
            "/api1/" => Json(
                """{"title":"One","versions":["application/taxii+json;version=2.1"],"max_content_length":1048576}"""
            ),
            "/api1/collections/" => Json(Collections),
            $"/api1/collections/{Id}/objects/" => Page(request),
            _ => Json("""{"title":"Not found","description":"no such place","http_status":"404"}""", 404),
        };
    }

    private TestAnswer Page(TestRequest request)
    {
        var query = HttpUtility.ParseQueryString(request.Target.Contains('?') ? request.Target.Split('?', 2)[1] : "");
        var after = query["added_after"] is { } text
            ? DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal)
            : DateTime.MinValue;
        var types = KnowsMatch && query["match[type]"] is { } listed ? listed.Split(',') : null;
        var wanted = Objects
            .Where(one => IsInclusive ? one.Added >= after : one.Added > after)
            .Where(one =>
                types is null || types.Any(type => one.Json.Contains($"\"type\":\"{type}\"", StringComparison.Ordinal))
            )
            .OrderBy(one => one.Added)
            .ToList();
        var skipped = int.Parse(query["next"] ?? "0", CultureInfo.InvariantCulture);
        var size = KnowsLimit
            ? Math.Min(PageSize, int.Parse(query["limit"] ?? "100", CultureInfo.InvariantCulture))
            : int.MaxValue;
        var page = wanted.Skip(skipped).Take(size).ToList();
        var isMore = skipped + page.Count < wanted.Count;
        if (page.Count == 0)
        {
            return Json("{}");
        }

        var next = isMore && GivesNext ? $",\"next\":\"{skipped + page.Count}\"" : "";
        string[] headers = SaysDates
            ? [$"X-TAXII-Date-Added-First: {Date(page[0])}", $"X-TAXII-Date-Added-Last: {Date(page[^1])}"]
            : [];
        return Json(
            $"{{\"more\":{(isMore ? "true" : "false")}{next},\"objects\":[{string.Join(',', page.Select(one => one.Json))}]}}",
            200,
            headers
        );
    }

    private string Date(TaxiiObject one) => one.Added.ToString(DateFormat, CultureInfo.InvariantCulture);
}

internal static class TaxiiWorkspace
{
    /// <summary>`from` of the tests: no retry waits longer than a moment.</summary>
    public static string From(string url, string more = "") =>
        $"{{ type: taxii, url: \"{url}\", retry_delay: 1ms, retries: 1, {more} }}";

    /// <summary>One source `a` that takes the names of objects, one sink `list`.</summary>
    public static Workspace With(string from, string source = "")
    {
        var work = new Workspace();
        Declare(work, from, source);
        return work;
    }

    public static void Declare(Workspace work, string from, string source = "") =>
        work.Write(
            "p.yaml",
            $$"""
            pipeline: p
            store: out/s.duckdb
            sources:
              - name: a
                from: {{from}}
                read: { type: json, records: objects }
                map: [ { value: { field: name }, type: auto, first_seen: { field: modified } } ]
                trust: { reliability: A, credibility: 1, confidence: 80, tlp: clear }
                {{source}}
            sinks:
              - { name: list, render: { type: plain_list }, to: { type: file, path: out/list.txt }, max_change: 1000000% }
            """
        );

    /// <summary>Domains the store holds, one for each object that was had.</summary>
    public static long Held(this Workspace work) => work.Count("SELECT count(*) FROM indicators");

    public static long Records(this Workspace work) => work.Run().GetProperty("records").GetInt64();
}
