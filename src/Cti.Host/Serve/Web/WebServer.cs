// The server of `cti serve`: Kestrel, what it lets pass, and which page answers which path. One place for limits and for what a page's faults become.

using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Threading.RateLimiting;
using Cti.DuckDb;
using Cti.Host.Run;
using Cti.Host.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Cti.Host.Serve.Web;

/// <summary>Where and how it serves.</summary>
/// <param name="Address">Where; beyond loopback only with a certificate and users.</param>
/// <param name="Users">The file of users.</param>
/// <param name="Certificate">PEM: the certificate and those that lead to a known authority; null for no TLS.</param>
/// <param name="Key">PEM: its key.</param>
internal sealed record WebOptions(IPEndPoint Address, string Users, string? Certificate, string? Key)
{
    public bool IsLoopback => IPAddress.IsLoopback(Address.Address);
}

/// <summary>Serves until disposed.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    /// <summary>Most bytes of a request's body.</summary>
    public const long MaxContentLength = 10 * 1024 * 1024;

    // Of the visitors together: each of these asks the store.
    private const int MostAtOnce = 8;
    private const int MostWaiting = 64;

    private readonly WebApplication _application;
    private readonly WebOptions _options;
    private readonly ServiceBoard _board;
    private readonly RunEnvironment _environment;
    private readonly Gate _gate;
    private readonly TaxiiPages _taxii;
    private readonly ListPage _lists;
    private readonly IndicatorPage _indicators;
    private readonly ConcurrencyLimiter _limiter = new(
        new ConcurrencyLimiterOptions
        {
            PermitLimit = MostAtOnce,
            QueueLimit = MostWaiting,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        }
    );

    private WebServer(WebOptions options, ServiceBoard board, RunEnvironment environment)
    {
        _options = options;
        _board = board;
        _environment = environment;
        _gate = new Gate(options.Users, options.IsLoopback, environment);
        var catalogue = new Catalogue(board);
        _taxii = new TaxiiPages(catalogue, new TaxiiPush(catalogue, environment));
        _lists = new ListPage(catalogue, environment);
        _indicators = new IndicatorPage(catalogue, environment);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        if (options.Certificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Who sends more than is taken hears so only where what they send is still received.
            kestrel.Limits.MaxRequestBodySize = 8 * MaxContentLength;
            kestrel.Limits.MaxConcurrentConnections = 256;
            kestrel.Limits.MaxRequestLineSize = 16 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
            kestrel.Listen(
                options.Address,
                listen =>
                {
                    if (options is { Certificate: { } certificate, Key: { } key })
                    {
                        var current = new CertificateFile(certificate, key, environment);
                        listen.UseHttps(
                            new HttpsConnectionAdapterOptions
                            {
                                ServerCertificateSelector = (_, _) => current.Read(),
                                HandshakeTimeout = TimeSpan.FromSeconds(10),
                            }
                        );
                    }
                }
            );
        });
        _application = builder.Build();
        _application.Run(ServeAsync);
    }

    /// <summary>Starts; null, and why on the environment's error, where it cannot.</summary>
    public static async Task<WebServer?> TryStartAsync(
        WebOptions options,
        ServiceBoard board,
        RunEnvironment environment
    )
    {
        if (!options.IsLoopback && UsersOf(options) is { Length: > 0 } problem)
        {
            await environment.Error.WriteLineAsync(problem);
            return null;
        }

        WebServer? server = null;
        try
        {
            if (options is { Certificate: { } certificate, Key: { } key })
            {
                using var tried = X509Certificate2.CreateFromPemFile(certificate, key);
            }

            server = new WebServer(options, board, environment);
            await server._application.StartAsync();
            return server;
        }
        catch (Exception error)
            when (error
                    is IOException
                        or System.Net.Sockets.SocketException
                        or UnauthorizedAccessException
                        or System.Security.Cryptography.CryptographicException
            )
        {
            await environment.Error.WriteLineAsync(
                $"CTI-SERVICE-004 --listen {options.Address}: {error.Message} Choose another port, end who has it, or mend the certificate's files."
            );
            if (server is not null)
            {
                await server.DisposeAsync();
            }

            return null;
        }
    }

    /// <summary>How it can be reached, for a person.</summary>
    public string Described =>
        $"{(_options.Certificate is null ? "http" : "https")}://{_options.Address}/"
        + (
            _gate.LetsAnybodyIn
                ? $" (nobody is asked who they are, and sees TLP:CLEAR only: cti user add --users {_options.Users})"
                : ""
        );

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _application.StopAsync(patience.Token);
        await _application.DisposeAsync();
        await _limiter.DisposeAsync();
        _lists.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var steps = (context.Request.Path.Value ?? "/").TrimStart('/').Split('/');
        var isTaxii = _taxii.Has(steps[0]);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            using var lease = await _limiter.AcquireAsync(1, context.RequestAborted);
            if (!lease.IsAcquired)
            {
                throw new RefusedException(503, "too many requests", "Many ask at once just now; try again.");
            }

            await AnswerAsync(context, steps, isTaxii);
        }
        catch (RefusedException error)
        {
            await Answer.ErrorAsync(context, error, isTaxii);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }
        catch (Exception error) when (error is StoreException or DuckDbException)
        {
            _environment.Error.WriteLine($"CTI-SERVE-001 {context.Request.Path}: {error.Message}");
            await FailAsync(context, 503, "The store cannot be asked just now; try again.", isTaxii);
        }
#pragma warning disable CA1031 // One page's defect must not end the others; it is told in full to whoever runs the service.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _environment.Error.WriteLine(
                $"CTI-SERVE-002 {context.Request.Path}: a defect of cti, please report it: {error}"
            );
            await FailAsync(context, 500, "The server's own log says what happened.", isTaxii);
        }

        var page =
            isTaxii ? "taxii"
            : steps[0] is "lists" or "api" or "health" or "metrics" ? steps[0]
            : "other";
        _board.Requests.AddOrUpdate((page, context.Response.StatusCode), 1, static (_, count) => count + 1);
    }

    private static Task FailAsync(HttpContext context, int status, string description, bool isTaxii) =>
        context.Response.HasStarted
            ? Task.Run(context.Abort)
            : Answer.ErrorAsync(context, new RefusedException(status, "failed", description), isTaxii);

    private async Task AnswerAsync(HttpContext context, string[] steps, bool isTaxii)
    {
        var isStatus = steps is ["health" or "metrics"];
        // Who watches this machine from itself sees nothing but numbers.
        var visitor = _gate.Admit(context.Request);
        if (visitor is null && !(isStatus && _options.IsLoopback))
        {
            throw new RefusedException(
                401,
                "who are you?",
                "Send a user's name and token (Authorization: Basic), or the token alone (Authorization: Bearer)."
            );
        }

        if (isStatus)
        {
            Answer.Allow(context, HttpMethods.Get);
            await StatusPages.AnswerAsync(context, _board, steps[0]);
        }
        else if (isTaxii)
        {
            await _taxii.AnswerAsync(context, visitor!, steps);
        }
        else if (steps is ["lists", var pipeline, var sink])
        {
            Answer.Allow(context, HttpMethods.Get);
            await _lists.AnswerAsync(context, visitor!, pipeline, sink);
        }
        else if (steps is ["api", "indicators", ..])
        {
            Answer.Allow(context, HttpMethods.Get);
            await _indicators.AnswerAsync(context, visitor!, RawTarget(context));
        }
        else
        {
            throw RefusedException.NotFound(
                "There are /taxii2/, /lists/PIPELINE/SINK, /api/indicators/VALUE, /health and /metrics."
            );
        }
    }

    // Decoded once, by whoever knows what it is: a URL in a path has slashes of its own.
    private static string RawTarget(HttpContext context) =>
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    private static string UsersOf(WebOptions options)
    {
        try
        {
            return UserFile.Read(options.Users).Count == 0
                ? $"CTI-SERVICE-006 --listen {options.Address}: beyond this machine nobody is served without saying who they are: cti user add NAME --users {options.Users}"
                : "";
        }
        catch (InvalidDataException error)
        {
            return $"CTI-SERVE-003 {error.Message}";
        }
    }
}
