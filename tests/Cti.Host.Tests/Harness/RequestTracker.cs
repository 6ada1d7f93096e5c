// A real Request Tracker 5: a database of its own in a folder of its own, served on a free port of this machine, gone afterwards.

using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Cti.Host.Tests.Harness;

/// <summary>Started by the first test that asks for it; making the database takes seconds.</summary>
public sealed partial class RequestTracker : IDisposable
{
    public const string Queue = "Threats";

    private const string Packages = "request-tracker5, rt5-db-sqlite, rt5-standalone";
    private const string Server = "/usr/share/request-tracker5/libexec/rt-server";
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);

    // What docs/sinks/request_tracker.md tells to make, and a user who may do less.
    private const string Seed = """
        push @Queues, { Name => 'Threats' }, { Name => 'Bare' };
        push @CustomFields, map { { Name => $_, Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', Queue => 'Threats' } }
            ('CTI Indicator', 'CTI State', 'CTI Score', 'CTI Value');
        push @Users, map { { Name => $_, Privileged => 1 } } ('cti', 'guest');
        push @ACL, map { { UserId => 'cti', Queue => 'Threats', Right => $_ } }
            qw(SeeQueue ShowTicket ShowTicketComments CreateTicket CommentOnTicket ModifyTicket SeeCustomField ModifyCustomField);
        push @ACL, { UserId => 'cti', Queue => 'Bare', Right => 'SeeQueue' };
        push @ACL, map { { UserId => 'guest', Queue => 'Threats', Right => $_ } } qw(SeeQueue ShowTicket CreateTicket SeeCustomField);
        push @Final, sub {
            for my $name ('cti', 'guest') {
                my $user = RT::User->new(RT->SystemUser);
                $user->Load($name);
                my $token = RT::AuthToken->new(RT->SystemUser);
                my ($ok, $message, $text) = $token->Create(Owner => $user->Id, Description => 'tests');
                print "TOKEN $name $text\n";
            }
        };
        1;

        """;

    private readonly Lazy<Task<bool>> _start;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cti-rt-");
    private readonly HttpClient _client = new();
    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);
    private CtiProcess? _server;

    public RequestTracker() => _start = new Lazy<Task<bool>>(StartAsync);

    public int Port { get; } = ToolSink.FreePort();

    /// <summary>Where people find it.</summary>
    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Starts it once. False, with a message, where it is not installed, which on a build machine is a failure.</summary>
    public Task<bool> IsThereAsync() => _start.Value;

    /// <summary>Of `cti`, who may do all that is needed, or of `guest`.</summary>
    public string TokenOf(string user) => _tokens[user];

    /// <summary>Tickets by a query of TicketSQL, the oldest first.</summary>
    public async Task<List<JsonElement>> FindAsync(string query) =>
        [
            .. (
                await AskAsync(
                    HttpMethod.Get,
                    $"tickets?query={Uri.EscapeDataString(query)}&fields=Subject,Priority,Status,CustomFields&orderby=id&per_page=100"
                )
            )
                .GetProperty("items")
                .EnumerateArray(),
        ];

    /// <summary>What stands in a ticket's history, the oldest first: kind and text of what people read.</summary>
    public async Task<List<(string Type, string Text)>> HistoryAsync(string ticket)
    {
        var history = await AskAsync(HttpMethod.Get, $"ticket/{ticket}/history?fields=Type&per_page=100");
        var told = new List<(string, string)>();
        foreach (var one in history.GetProperty("items").EnumerateArray())
        {
            var text = "";
            var transaction = await AskAsync(
                HttpMethod.Get,
                $"transaction/{Text(one, "id")}/attachments?fields=Content"
            );
            foreach (var attachment in transaction.GetProperty("items").EnumerateArray())
            {
                text += Text(attachment, "Content");
            }

            told.Add((Text(one, "Type"), text));
        }

        return told;
    }

    /// <summary>A request as `cti`, which must be answered with success.</summary>
    public async Task<JsonElement> AskAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, $"{Url}/REST/2.0/{path}");
        request.Headers.TryAddWithoutValidation("Authorization", $"token {TokenOf("cti")}");
        request.Content = body is null
            ? null
            : new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var response = await _client.SendAsync(request);
        var said = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {said}");
        using var document = JsonDocument.Parse(said);
        return document.RootElement.Clone();
    }

    /// <summary>A text member; "" where there is none.</summary>
    public static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var text) ? text.ToString() : "";

    /// <summary>A custom field's value; "" where it has none.</summary>
    public static string Field(JsonElement ticket, string name) =>
        string.Join(
            '|',
            ticket
                .GetProperty("CustomFields")
                .EnumerateArray()
                .Where(field => Text(field, "name") == name)
                .SelectMany(field => field.GetProperty("values").EnumerateArray())
                .Select(value => value.GetString())
        );

    public void Dispose()
    {
        // Asked to end, it ends its workers too.
        _server?.Terminate();
        _server?.EndsWithin(TimeSpan.FromSeconds(20));
        _server?.Dispose();
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<bool> StartAsync()
    {
        if (
            Tools.Find("rt-setup-database-5", Packages) is not { } setup
            || Tools.Find(Server, Packages) is not { } server
        )
        {
            return false;
        }

        foreach (var folder in (string[])["none", "log", "mason", "sessions"])
        {
            _folder.CreateSubdirectory(folder);
        }

        Write(
            "RT_SiteConfig.pm",
            $"""
            Set($rtname, 'example.com');
            Set($Organization, 'example.com');
            Set($DatabaseType, 'SQLite');
            Set($DatabaseName, '{PathOf("rt.sqlite")}');
            Set($WebDomain, '127.0.0.1');
            Set($WebPort, {Port});
            Set($WebPath, '');
            Set($WebBaseURL, '{Url}');
            Set($LogToSyslog, undef);
            Set($LogToSTDERR, 'error');
            Set($LogDir, '{PathOf("log")}');
            # Each request checks its token: at the usual cost that takes most of the time.
            Set($BcryptCost, 4);
            Set($MailCommand, 'sendmailpipe');
            Set($SendmailPath, '/bin/true');
            Set($MasonDataDir, '{PathOf("mason")}');
            Set($MasonSessionDir, '{PathOf("sessions")}');
            1;
            """
        );
        Write("seed.pm", Seed);
        Run(setup, "--action", "init", "--skip-create");
        foreach (Match token in Token().Matches(Run(setup, "--action", "insert", "--datafile", PathOf("seed.pm")).Out))
        {
            _tokens[token.Groups["user"].Value] = token.Groups["token"].Value;
        }

        Assert.Equal(2, _tokens.Count);
        _server = Launch(
            server,
            "--server",
            "Starlet",
            "--host",
            "127.0.0.1",
            "--port",
            Port.ToString(CultureInfo.InvariantCulture),
            "--max-workers",
            "2"
        );
        var start = DateTime.UtcNow;
        while (await StatusAsync() != HttpStatusCode.OK)
        {
            Assert.True(!_server.EndsWithin(TimeSpan.FromMilliseconds(200)), "Request Tracker ended by itself");
            Assert.True(DateTime.UtcNow - start < StartTime, "Request Tracker does not answer");
        }

        return true;
    }

    [GeneratedRegex("^TOKEN (?<user>\\w+) (?<token>\\S+)$", RegexOptions.Multiline)]
    private static partial Regex Token();

    private async Task<HttpStatusCode?> StatusAsync()
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{Url}/REST/2.0/rt");
            request.Headers.TryAddWithoutValidation("Authorization", $"token {TokenOf("cti")}");
            using var response = await _client.SendAsync(request);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private CtiResult Run(string program, params IEnumerable<string> arguments)
    {
        using var process = Launch(program, arguments);
        var result = process.Wait();
        Assert.True(result.Exit == 0, result.ToString());
        return result;
    }

    // RT finds its configuration by these two.
    private CtiProcess Launch(string program, params IEnumerable<string> arguments) =>
        CtiProcess.Launch(
            _folder.FullName,
            "/usr/bin/env",
            [
                $"RT_SITE_CONFIG={PathOf("RT_SiteConfig.pm")}",
                $"RT_SITE_CONFIG_DIR={PathOf("none")}",
                program,
                .. arguments,
            ]
        );

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private void Write(string name, string text) => File.WriteAllText(PathOf(name), text + "\n");
}
