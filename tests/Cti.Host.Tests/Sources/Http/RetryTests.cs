// How long is waited between two attempts, on a clock that the test moves.

using System.Net.Http.Headers;
using System.Threading.Channels;
using Cti.Core.Declare;
using Cti.Host.Config;
using Cti.Host.Net;
using Cti.Host.Sources;
using Cti.Host.Sources.Http;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Sources.Http;

public class RetryTests
{
    [Fact]
    public async Task What_the_server_asks_for_is_waited_and_else_a_delay_that_doubles()
    {
        using var server = TestServer.Script(
            new TestAnswer("", 503),
            new TestAnswer("", 503),
            new TestAnswer("", 429) { Headers = ["Retry-After: 77"] },
            new TestAnswer("", 503) { Headers = ["Retry-After: Fri, 02 Jan 2026 00:01:30 GMT"] },
            new TestAnswer(HttpWorkspace.Names)
        );
        using var folder = new Workspace();
        using var spool = new Spool(folder.StorePath);
        Directory.CreateDirectory(folder.PathOf("out"));
        var clock = new ManualClock();
        var plan = Plan(server.Url);
        var found = plan.Create(isSnapshot: false, new OriginServices(folder.StorePath, spool, clock))
            .FindAsync(new Dictionary<string, Host.Store.SourceCursor>(), CancellationToken.None);
        // Jitter spreads the first two around 10 s and 20 s.
        Assert.InRange(await clock.FireNextAsync(), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(25));
        Assert.InRange(await clock.FireNextAsync(), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        Assert.Equal(TimeSpan.FromSeconds(77), await clock.FireNextAsync());
        Assert.Equal(TimeSpan.FromSeconds(90), await clock.FireNextAsync());
        using var inputs = await found;
        Assert.Equal(HttpWorkspace.Names, File.ReadAllText(Assert.Single(inputs.All).Path));
        Assert.Equal(5, server.Requests.Count);
    }

    [Fact]
    public void A_wait_is_never_negative_and_a_header_that_says_nothing_is_no_wait()
    {
        var now = ManualClock.Start;
        Assert.Null(RetryAfter.Of(null, now));
        Assert.Equal(TimeSpan.Zero, RetryAfter.Of(new RetryConditionHeaderValue(now.AddDays(-1)), now));
        Assert.Equal(TimeSpan.FromHours(1), RetryAfter.Of(new RetryConditionHeaderValue(now.AddHours(1)), now));
        Assert.Equal(
            TimeSpan.FromSeconds(3),
            RetryAfter.Of(new RetryConditionHeaderValue(TimeSpan.FromSeconds(3)), now)
        );
    }

    private static HttpPlan Plan(string url) =>
        new()
        {
            Url = new ConfiguredText(TemplateModule.ofText(url), url),
            Method = System.Net.Http.HttpMethod.Get,
            Body = null,
            Connection = new HttpConnectionPlan
            {
                Headers = [],
                Basic = null,
                Tls = TlsPlan.Usual,
                Proxy = new ProxyPlan.Direct(),
                ConnectTimeout = TimeSpan.FromSeconds(30),
            },
            Timeout = TimeSpan.FromHours(1),
            StallTimeout = TimeSpan.FromHours(1),
            MaxBytes = 1_000_000,
            MaxRedirects = 0,
            ContentTypes = [],
            Retries = 4,
            RetryDelay = TimeSpan.FromSeconds(10),
            Text = new Host.Sources.FileReadOptions(),
            Redactor = Redactor.None,
        };

    /// <summary>Its timers fire when the test says so; those of an hour are the download's limits and never do.</summary>
    private sealed class ManualClock : TimeProvider
    {
        public static readonly DateTimeOffset Start = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);
        private readonly Channel<(TimeSpan Due, Action Fire)> _timers = Channel.CreateUnbounded<(TimeSpan, Action)>();

        public override DateTimeOffset GetUtcNow() => Start;

        /// <summary>Waits for the next delay, ends it, and tells how long it would have been.</summary>
        public async Task<TimeSpan> FireNextAsync()
        {
            var (due, fire) = await _timers.Reader.ReadAsync();
            fire();
            return due;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero && dueTime < TimeSpan.FromHours(1))
            {
                _timers.Writer.TryWrite((dueTime, () => callback(state)));
            }

            return new Never();
        }

        private sealed class Never : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose() { }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
