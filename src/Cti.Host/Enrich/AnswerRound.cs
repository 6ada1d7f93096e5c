// One round of questions to one service: a few at a time and no more per minute than it likes, given up for this run when it does not answer. Touches no
// store; no transaction is open meanwhile.

using System.Net;
using Cti.Host.Net;
using Cti.Host.Sources;
using Cti.Host.Sources.Http;
using Polly;
using Polly.CircuitBreaker;

namespace Cti.Host.Enrich;

/// <summary>What became of a round.</summary>
/// <param name="Answered">Questions that were answered, also by "not known".</param>
/// <param name="Failed">Questions that were not; the next run asks again.</param>
/// <param name="Problem">What was wrong with the last of those; empty where nothing was.</param>
/// <param name="GaveUp">Whether the rest was not asked because of it.</param>
internal sealed record AnswerOutcome(int Answered, int Failed, string Problem, bool GaveUp);

/// <summary>One per service and run.</summary>
internal sealed class AnswerRound(AnswerPlan declared, Spool spool, TimeProvider clock) : IDisposable
{
    // Of the last ten questions half failed: the service has other things to do.
    private const int Throughput = 10;

    private readonly Lock _lock = new();
    private AnswerPlan _service = declared;
    private HttpClients? _clients;
    private bool _hasReread;
    private DateTimeOffset _nextSlot;
    private int _answered;
    private int _failed;
    private string _problem = "";
    private bool _gaveUp;

    /// <summary>Asks about each subject.</summary>
    /// <param name="due">Subjects whose values may leave.</param>
    /// <param name="keep">Gets each answer, one at a time.</param>
    /// <param name="stop">Ends it; what was answered before was kept.</param>
    public async Task<AnswerOutcome> RunAsync(
        IReadOnlyList<DueSubject> due,
        Action<Answer> keep,
        CancellationToken stop
    )
    {
        var breaker = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions
                {
                    FailureRatio = 0.5,
                    MinimumThroughput = Throughput,
                    SamplingDuration = TimeSpan.FromMinutes(5),
                    ShouldHandle = new PredicateBuilder().Handle<AnswerException>(),
                }
            )
            .Build();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            await Parallel.ForEachAsync(
                due,
                new ParallelOptions { MaxDegreeOfParallelism = _service.Parallel, CancellationToken = end.Token },
                async (subject, token) =>
                {
                    try
                    {
                        var answer = await breaker.ExecuteAsync(
                            async inner => await AskAsync(subject, inner),
                            token
                        );
                        lock (_lock)
                        {
                            _answered++;
                            keep(answer);
                        }
                    }
                    catch (AnswerException error)
                    {
                        lock (_lock)
                        {
                            _failed++;
                            _problem = error.Message;
                            _gaveUp |= error.IsFinal;
                        }

                        if (error.IsFinal)
                        {
                            await end.CancelAsync();
                        }
                    }
                    catch (BrokenCircuitException)
                    {
                        _gaveUp = true;
                        await end.CancelAsync();
                    }
                }
            );
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested) { }

        return new AnswerOutcome(_answered, _failed, _problem, _gaveUp);
    }

    public void Dispose() => _clients?.Dispose();

    private async Task<Answer> AskAsync(DueSubject subject, CancellationToken stop)
    {
        while (true)
        {
            var service = _service;
            try
            {
                return new Answer(subject, await TryAsync(service, subject, stop));
            }
            catch (HttpFault fault) when (fault.Status is { } status && IsNothing(status))
            {
                return new Answer(subject, null);
            }
            catch (HttpFault fault) when (fault.IsUnauthorized && Renew(service)) { }
            catch (HttpFault fault)
            {
                throw new AnswerException(
                    service.Page.Redactor.Redact($"{fault.Code} {fault.Message}"),
                    // A server that refuses one question for who asks refuses all; one that asks to wait longer than we do, too.
                    (int?)fault.Status is 401 or 403 or 407 || (fault.Code == "CTI-SOURCE-013" && !fault.IsTransient)
                );
            }
            catch (ConnectionException error)
            {
                throw new AnswerException(service.Page.Redactor.Redact(error.Message), true);
            }
        }
    }

    private async Task<Core.FactValue[]?> TryAsync(AnswerPlan service, DueSubject subject, CancellationToken stop)
    {
        if (AnswerQuestion.Of(service.Page, subject.Value) is not { } ask)
        {
            return null;
        }

        var clients = Clients(service);
        var answer = await HttpRetry
            .Pipeline(service.Page, clock)
            .ExecuteAsync(
                async token =>
                {
                    await PaceAsync(token);
                    return await new HttpExchange(service.Page, clients, spool, clock).RunAsync(ask, token);
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
            var now = clock.GetUtcNow();
            var slot = _nextSlot > now ? _nextSlot : now;
            _nextSlot = slot + TimeSpan.FromMinutes(1) / declared.RequestsPerMinute;
            wait = slot - now;
        }

        return wait > TimeSpan.Zero ? Task.Delay(wait, clock, stop) : Task.CompletedTask;
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

    private static bool IsNothing(HttpStatusCode status) =>
        status is HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.NoContent;
}
