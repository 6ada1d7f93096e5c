// One round of questions to one service: a few at a time, no more per minute than it likes, and no longer than the run may wait; given up for this run
// when it does not answer. Touches no store; no transaction is open meanwhile.

using System.Globalization;
using System.Net;
using Cti.Host.Net;
using Cti.Host.Sources;
using Cti.Host.Sources.Http;
using Polly;
using Polly.CircuitBreaker;

namespace Cti.Host.Enrich;

/// <summary>Why a round asks no more.</summary>
internal enum RoundEnd
{
    /// <summary>It asks on.</summary>
    None,

    /// <summary>The service does not answer, or not to us.</summary>
    GaveUp,

    /// <summary>`max_time` is over.</summary>
    OutOfTime,
}

/// <summary>One per service and run.</summary>
internal sealed class AnswerRound : IDisposable
{
    // Of the last ten questions half failed: the service has other things to do.
    private const int Throughput = 10;

    private readonly Lock _lock = new();
    private readonly AnswerPlan _declared;
    private readonly Spool _spool;
    private readonly TimeProvider _clock;
    private readonly ResiliencePipeline _breaker;
    private readonly CancellationTokenSource _time;
    private readonly CancellationTokenSource _end = new();
    private AnswerPlan _service;
    private HttpClients? _clients;
    private bool _hasReread;
    private DateTimeOffset _nextSlot;

    public AnswerRound(AnswerPlan declared, Spool spool, TimeProvider clock)
    {
        (_declared, _service, _spool, _clock) = (declared, declared, spool, clock);
        _time = new CancellationTokenSource(declared.MaxTime, clock);
        _breaker = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions
                {
                    FailureRatio = 0.5,
                    MinimumThroughput = Throughput,
                    SamplingDuration = TimeSpan.FromHours(1),
                    BreakDuration = TimeSpan.FromHours(1),
                    ShouldHandle = new PredicateBuilder().Handle<AnswerException>(),
                }
            )
            .Build();
    }

    /// <summary>Questions that were answered, also by "not known".</summary>
    public int Answered { get; private set; }

    /// <summary>Of these, by "not known".</summary>
    public int Unknown { get; private set; }

    /// <summary>Questions that were not; the next run asks again.</summary>
    public int Failed { get; private set; }

    /// <summary>What was wrong with the last of those; empty where nothing was.</summary>
    public string Problem { get; private set; } = "";

    public RoundEnd End { get; private set; }

    /// <summary>Asks about each subject; the answers there are, in the order of the subjects.</summary>
    /// <param name="subjects">Their values may leave.</param>
    /// <param name="stop">Ends it; what was answered before is given.</param>
    public async Task<IReadOnlyList<Answer>> AskAsync(IReadOnlyList<DueSubject> subjects, CancellationToken stop)
    {
        var answers = new Answer?[subjects.Count];
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, _time.Token, _end.Token);
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = _declared.Parallel,
            CancellationToken = any.Token,
        };
        try
        {
            await Parallel.ForAsync(
                0,
                subjects.Count,
                options,
                async (index, token) => answers[index] = await TryAskAsync(subjects[index], token)
            );
        }
        catch (OperationCanceledException)
        {
            if (End == RoundEnd.None && !stop.IsCancellationRequested)
            {
                End = RoundEnd.OutOfTime;
            }
        }

        return [.. answers.OfType<Answer>()];
    }

    public void Dispose()
    {
        _clients?.Dispose();
        _time.Dispose();
        _end.Dispose();
    }

    // Null where there is no answer.
    private async Task<Answer?> TryAskAsync(DueSubject subject, CancellationToken stop)
    {
        try
        {
            var answer = await _breaker.ExecuteAsync(async inner => await AskAsync(subject, inner), stop);
            lock (_lock)
            {
                Answered++;
                Unknown += answer.Values is null ? 1 : 0;
            }

            return answer;
        }
        catch (AnswerException error)
        {
            lock (_lock)
            {
                Failed++;
                Problem = error.Message;
            }

            if (error.IsFinal)
            {
                await GiveUpAsync();
            }
        }
        catch (BrokenCircuitException)
        {
            await GiveUpAsync();
        }

        return null;
    }

    private Task GiveUpAsync()
    {
        lock (_lock)
        {
            End = RoundEnd.GaveUp;
        }

        return _end.CancelAsync();
    }

    private async Task<Answer> AskAsync(DueSubject subject, CancellationToken stop)
    {
        while (true)
        {
            var service = Current();
            try
            {
                return new Answer(subject, await RequestAsync(service, subject, stop));
            }
            catch (HttpFault fault) when (fault.Status is { } status && IsNothing(status))
            {
                return new Answer(subject, null);
            }
            catch (HttpFault fault) when (fault.IsUnauthorized && Renew(service)) { }
            catch (HttpFault fault)
            {
                throw new AnswerException(
                    service.Page.Redactor.Redact(Words(fault)),
                    // A key that is not known, or a longer pause than a run may make, is the same for every question. A 403 may be about this one alone:
                    // firewalls refuse what looks like an attack.
                    fault.Status
                        is HttpStatusCode.Unauthorized
                            or HttpStatusCode.ProxyAuthenticationRequired
                        || (fault.Code == "CTI-SOURCE-013" && !fault.IsTransient)
                );
            }
            catch (ConnectionException error)
            {
                throw new AnswerException(service.Page.Redactor.Redact(error.Message), true);
            }
            catch (SourceException error)
            {
                // There is no room for answers beside the store.
                throw new AnswerException(error.Message, true);
            }
        }
    }

    private async Task<Core.FactValue[]?> RequestAsync(AnswerPlan service, DueSubject subject, CancellationToken stop)
    {
        if (AnswerQuestion.Of(service.Page, subject.Value) is not { } ask)
        {
            return null;
        }

        var clients = Clients(service);
        var answer = await HttpRetry
            .Pipeline(service.Page, _clock)
            .ExecuteAsync(
                async token =>
                {
                    await PaceAsync(token);
                    try
                    {
                        return await new HttpExchange(service.Page, clients, _spool, _clock).RunAsync(ask, token);
                    }
                    catch (HttpFault fault) when (fault.RetryAfter is { } wait)
                    {
                        Hold(wait);
                        throw;
                    }
                },
                stop
            );
        return AnswerQuestion.Read(service, answer);
    }

    // A minute's requests are spread over it: a burst is what services count.
    private Task PaceAsync(CancellationToken stop)
    {
        TimeSpan wait;
        lock (_lock)
        {
            var now = _clock.GetUtcNow();
            var slot = _nextSlot > now ? _nextSlot : now;
            _nextSlot = slot + TimeSpan.FromMinutes(1) / _declared.RequestsPerMinute;
            wait = slot - now;
        }

        return wait > TimeSpan.Zero ? Task.Delay(wait, _clock, stop) : Task.CompletedTask;
    }

    // What a service asks of one question it asks of all.
    private void Hold(TimeSpan wait)
    {
        lock (_lock)
        {
            var until = _clock.GetUtcNow() + wait;
            _nextSlot = _nextSlot > until ? _nextSlot : until;
        }
    }

    private AnswerPlan Current()
    {
        lock (_lock)
        {
            return _service;
        }
    }

    private HttpClients Clients(AnswerPlan service)
    {
        lock (_lock)
        {
            return _clients ??= new HttpClients(service.Page.Connection);
        }
    }

    // Once a round: a key that was renewed and is still not known is a wrong one.
    private bool Renew(AnswerPlan refused)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(refused, _service))
            {
                return true;
            }

            if (_hasReread || _service.Page.Reread() is not { } renewed)
            {
                return false;
            }

            _hasReread = true;
            _service = _service with { Page = renewed };
            return true;
        }
    }

    // The codes are those of sources, whose requests these are like.
    private static string Words(HttpFault fault) =>
        string.Create(CultureInfo.InvariantCulture, $"{fault.Message} ({fault.Code})");

    private static bool IsNothing(HttpStatusCode status) =>
        status is HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.NoContent;
}
