// A real `cti serve` with collections, lists and users, and a client that says who it is.

using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Serve.Web;

/// <summary>An answer, whole.</summary>
public sealed record WebAnswer(int Status, HttpResponseMessage Message, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>Without the blank that the client writes into it.</summary>
    public string Type =>
        (Message.Content.Headers.ContentType?.ToString() ?? "").Replace("; ", ";", StringComparison.Ordinal);

    public string? Header(string name) =>
        Message.Headers.TryGetValues(name, out var values) || Message.Content.Headers.TryGetValues(name, out values)
            ? string.Join(",", values)
            : null;

    /// <summary>The ids of the objects on a page.</summary>
    public List<string> Ids =>
        Json.TryGetProperty("objects", out var objects)
            ? [.. objects.EnumerateArray().Select(item => item.GetProperty("id").GetString()!)]
            : [];
}

/// <summary>One service. Users: `reader` (green, reads p/*), `partner` (amber, reads all, adds to p/inbox), `sender` (only adds to p/inbox).</summary>
public sealed class WebSite : IDisposable
{
    public const string Taxii = "application/taxii+json;version=2.1";
    public const int Addresses = 40;

    private readonly ServiceProcess _service;
    private readonly HttpClient _http = new();
    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);
    private readonly int _port = ServiceProcess.FreePort();

    public WebSite()
    {
        Work = new Workspace();
        Work.Write("p.yaml", Pipeline);
        Work.Write(
            "in/a.txt",
            string.Concat(
                Enumerable
                    .Range(1, Addresses)
                    .Select(number => string.Create(CultureInfo.InvariantCulture, $"192.0.2.{number}\n"))
            )
        );
        Work.Write("in/b.txt", "secret.example.com\nhttp://known.example.com/a%20b?x=1\n");
        Add("reader", "--tlp", "green", "--read", "p/*");
        Add("partner", "--tlp", "amber", "--write", "p/inbox");
        Add("sender", "--tlp", "red", "--read", "p/nothing", "--write", "p/inbox");
        _service = ServiceProcess.Serve(
            Work,
            "p.yaml",
            "--listen",
            string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}"),
            "--users",
            "users.json"
        );
        _service.WaitFor("p: done");
    }

    /// <summary>Two sources of different marking; collections, an inbox that nothing is published in, a list.</summary>
    private const string Pipeline = """
        pipeline: p
        store: out/s.duckdb
        schedule: { every: 1s }
        sources:
          - name: a
            from: { type: file, path: in/a.txt }
            read: { type: lines }
            mode: snapshot
            map: [ { value: { field: line }, type: auto } ]
            trust: { reliability: A, credibility: 1, confidence: 80, tlp: green }
          - name: b
            from: { type: file, path: in/b.txt }
            read: { type: lines }
            map: [ { value: { field: line }, type: auto } ]
            trust: { reliability: B, credibility: 2, confidence: 60, tlp: amber }
        screen: { private: keep }
        sinks:
          - name: all
            render: { type: stix_bundle }
            to: { type: taxii_collection, api_root: intel, title: Everything, description: What we know }
            max_tlp: red
          - name: inbox
            render: { type: stix_bundle }
            to: { type: taxii_collection, api_root: intel }
            where: "source_count = 0"
            max_tlp: amber
          - name: other
            render: { type: stix_bundle }
            to: { type: taxii_collection, api_root: second }
            where: "type = 'domain'"
            max_tlp: amber
          - name: block
            render: { type: plain_list }
            to: { type: file, path: out/block.txt }
            where: "type = 'ipv4'"
            max_tlp: green
            serve: true
          - name: hidden
            render: { type: plain_list }
            to: { type: file, path: out/hidden.txt }
            max_tlp: green
        """;

    public Workspace Work { get; }

    internal ServiceProcess Service => _service;

    public string Root => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}/");

    /// <summary>The objects of a collection, by the sink's name.</summary>
    public static string Objects(string sink) => $"intel/collections/p.{sink}/objects/";

    /// <summary>A user's token.</summary>
    public string Token(string user) => _tokens[user];

    /// <summary>`cti user add`.</summary>
    public void Add(string user, params IEnumerable<string> rights)
    {
        var result = Work.Cti(["user", "add", user, "--users", "users.json", .. rights]);
        Assert.True(result.Exit == 0, result.ToString());
        _tokens[user] = result.Out.Trim();
    }

    /// <summary>Asks until a user is answered so: changed users hold within a second.</summary>
    public async Task Until(string user, int status)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while ((await GetAsync("taxii2/", user)).Status != status)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"{user} is never answered {status}");
        }
    }

    public Task<WebAnswer> GetAsync(string path, string user = "partner") => SendAsync(HttpMethod.Get, path, user);

    public Task<WebAnswer> PostAsync(string path, string body, string user = "partner", string type = Taxii) =>
        SendAsync(HttpMethod.Post, path, user, body, type);

    public async Task<WebAnswer> SendAsync(
        HttpMethod method,
        string path,
        string? user,
        string? body = null,
        string type = Taxii,
        string accept = Taxii,
        Action<HttpRequestMessage>? change = null
    )
    {
        // As it is: a path may hold what Uri would tidy up.
        using var request = new HttpRequestMessage(
            method,
            new Uri(Root + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })
        );
        if (user is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{Token(user)}"))
            );
        }

        if (accept.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        change?.Invoke(request);
        var answer = await _http.SendAsync(request);
        return new WebAnswer((int)answer.StatusCode, answer, await answer.Content.ReadAsStringAsync());
    }

    public void Dispose()
    {
        _http.Dispose();
        _service.Dispose();
        Work.Dispose();
    }
}
