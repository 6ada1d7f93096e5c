// What every sink over HTTP does alike: credentials, redirects, the time an answer may take, and what it means when there is none.

using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using Cti.Host.Config;
using Cti.Host.Net;

namespace Cti.Host.Delivery.Http;

/// <summary>Sends requests to one web server. One per transport and set of secrets.</summary>
internal sealed class HttpCaller : IDisposable
{
    private readonly HttpConnectionPlan _connection;
    private readonly int _maxRedirects;
    private readonly HttpClients _clients;

    /// <exception cref="ConnectionException">The URL, a certificate or the proxy cannot be used.</exception>
    public HttpCaller(ConfiguredText url, HttpConnectionPlan connection, int maxRedirects)
    {
        _connection = connection;
        _maxRedirects = maxRedirects;
        Address =
            Uri.TryCreate(url.Reveal(), UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
            && address.UserInfo.Length == 0
                ? address
                : throw ConnectionException.BadUrl();
        _clients = new HttpClients(connection);
    }

    /// <summary>Where the declared URL leads.</summary>
    public Uri Address { get; }

    /// <summary>What messages call a server: neither path nor secret.</summary>
    public static string Endpoint(ConfiguredText url, Redactor redactor) =>
        Uri.TryCreate(url.Reveal(), UriKind.Absolute, out var address)
            ? redactor.Redact(address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped))
            : url.ToString();

    /// <summary>Sends until somebody answers with something else than a redirect; the caller disposes of it.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="make">The request, anew for each place; credentials are added here.</param>
    /// <param name="stop">Ends it at once.</param>
    /// <remarks>Redirects are followed on the same server only, and only those that repeat the request: elsewhere nobody promised to take the records.</remarks>
    /// <exception cref="ConnectionException">It is redirected to where it must not go.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        Uri url,
        Func<Uri, HttpRequestMessage> make,
        CancellationToken stop
    )
    {
        for (var redirects = 0; ; redirects++)
        {
            using var request = make(url);
            Authorise(request);
            var response = await _clients.Own.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            if (!Redirects.IsRedirect(response.StatusCode))
            {
                return response;
            }

            using (response)
            {
                var target = Redirects.Target(url, response.Headers.Location);
                var repeats = request.Method == HttpMethod.Get || Redirects.KeepsMethod(response.StatusCode);
                if (!Redirects.IsSameOrigin(url, target) || !repeats)
                {
                    throw ConnectionException.Redirect(
                        $"the server redirects with {(int)response.StatusCode} to {Redirects.Shown(target)}; records are sent only where they are declared to go: correct `url`"
                    );
                }

                if (redirects == _maxRedirects)
                {
                    throw ConnectionException.Redirect(
                        $"the server redirects more than {_maxRedirects} times (`max_redirects`), last from {Redirects.Shown(url)}"
                    );
                }

                url = target;
            }
        }
    }

    /// <summary>An answer's beginning. What lies behind the bound is not read: disposing the answer closes the connection on it.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        HttpResponseMessage response,
        int most,
        CancellationToken stop
    )
    {
        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        var buffer = new byte[Math.Min(most, 64 * 1024)];
        var length = 0;
        while (true)
        {
            length += await stream.ReadAtLeastAsync(
                buffer.AsMemory(length),
                buffer.Length - length,
                throwOnEndOfStream: false,
                stop
            );
            if (length < buffer.Length || length >= most)
            {
                return buffer.AsMemory(0, length);
            }

            Array.Resize(ref buffer, Math.Min(most, buffer.Length * 2));
        }
    }

    /// <summary>Runs requests within a time; what goes wrong on the way is a verdict.</summary>
    public static async Task<SendOutcome> WithinAsync(
        TimeSpan timeout,
        TimeProvider clock,
        Func<CancellationToken, Task<SendOutcome>> act,
        CancellationToken stop
    )
    {
        using var time = new CancellationTokenSource(timeout, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, time.Token);
        try
        {
            return await act(any.Token);
        }
        catch (OperationCanceledException error)
        {
            stop.ThrowIfCancellationRequested();
            return time.IsCancellationRequested
                ? Transient("CTI-SEND-002", $"there was no answer within {Seconds(timeout)} (`timeout`)")
                : Transient("CTI-SEND-001", $"the server cannot be reached: {ConnectionException.Words(error)}");
        }
        catch (HttpRequestException error) when (error.InnerException is AuthenticationException)
        {
            return new NotDelivered(
                FailureKind.Misconfigured,
                "CTI-SEND-009",
                $"no secure connection: {ConnectionException.Words(error)}. If the server's certificate is issued by an authority of your own, declare `ca`"
            );
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return Transient(
                "CTI-SEND-001",
                $"the server cannot be reached, or did not answer to the end: {ConnectionException.Words(error)}"
            );
        }
        catch (ConnectionException error)
        {
            return Unusable(error);
        }
    }

    /// <summary>The verdict on a setting that cannot be used.</summary>
    public static NotDelivered Unusable(ConnectionException error) =>
        new(
            FailureKind.Misconfigured,
            error.Problem switch
            {
                ConnectionProblem.Certificate => "CTI-SEND-012",
                ConnectionProblem.Redirect => "CTI-SEND-010",
                _ => "CTI-SEND-013",
            },
            error.Message
        );

    /// <summary>`2.5 s`.</summary>
    public static string Seconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");

    public void Dispose() => _clients.Dispose();

    private void Authorise(HttpRequestMessage request)
    {
        foreach (var (header, value) in _connection.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(header, value.Reveal()))
            {
                request.Content?.Headers.TryAddWithoutValidation(header, value.Reveal());
            }
        }

        if (_connection.Basic is { } basic)
        {
            var pair = Encoding.UTF8.GetBytes($"{basic.User.Reveal()}:{basic.Password.Reveal()}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(pair));
        }
    }

    private static NotDelivered Transient(string code, string message) => new(FailureKind.Transient, code, message);
}
