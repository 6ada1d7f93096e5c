// A page fetched over HTTP as an origin: asked for conditionally, tried again where that makes sense, whole in the spool before anyone reads it.

using Cti.Host.Net;
using Cti.Host.Store;

namespace Cti.Host.Sources.Http;

internal sealed class HttpDownload(HttpPlan plan, OriginServices services) : IOrigin
{
    // References as they are written: shown, stored, and the cursor's name.
    private string Name => plan.Url.ToString();

    public async Task<SourceInputs> FindAsync(IReadOnlyDictionary<string, SourceCursor> known, CancellationToken stop)
    {
        var before = known.GetValueOrDefault(Name)?.Validators ?? Validators.None;
        var attempts = 0;
        try
        {
            using var clients = HttpFault.OfConnection(() => new HttpClients(plan.Connection));
            var ask = new HttpAsk(HttpFault.OfConnection(() => plan.Address), before);
            var answer = await HttpRetry
                .Pipeline(plan, services.Clock)
                .ExecuteAsync(
                    async token =>
                    {
                        attempts++;
                        return await new HttpExchange(plan, clients, services.Spool, services.Clock).RunAsync(
                            ask,
                            token
                        );
                    },
                    stop
                );
            return ToInputs(answer, before);
        }
        catch (HttpFault fault) when (fault.IsUnauthorized && plan.Reread() is { } renewed)
        {
            // Once: a key that was renewed and is still not known is a wrong one.
            return await new HttpDownload(renewed with { Reread = static () => null }, services).FindAsync(known, stop);
        }
        catch (HttpFault fault)
        {
            var tried = attempts > 1 ? $" (tried {attempts} times)" : "";
            throw new SourceException(fault.Code, $"{Name}: {plan.Redactor.Redact(fault.Message)}{tried}.", fault);
        }
    }

    // Servers that know no conditional requests send the same again and again.
    private SourceInputs ToInputs(HttpAnswer answer, Validators before)
    {
        if (answer.Body is not { } body)
        {
            return SourceInputs.Unchanged;
        }

        if (answer.Validators.BodyHash == before.BodyHash)
        {
            body.Dispose();
            return SourceInputs.Unchanged;
        }

        return SourceInputs.Of(
            new SourceInput(body.Path, Name, Name, plan.Text with { Compression = answer.Compression })
            {
                Validators = answer.Validators,
                Spooled = body,
            }
        );
    }
}
