// /health and /metrics: whether the service is well, for whoever restarts it, and its numbers.

using System.Text;
using Cti.Core;
using Microsoft.AspNetCore.Http;

namespace Cti.Host.Serve.Web;

internal static class StatusPages
{
    /// <summary>Answers one of the two.</summary>
    public static Task AnswerAsync(HttpContext context, ServiceBoard board, string page)
    {
        if (page == "metrics")
        {
            return Answer.BytesAsync(
                context,
                200,
                OpenMetrics.contentType,
                Encoding.UTF8.GetBytes(ServiceMetrics.Print(board))
            );
        }

        var health = ServiceHealth.Of(board);
        return Answer.BytesAsync(
            context,
            health.IsHealthy ? 200 : 503,
            Answer.Json,
            Encoding.UTF8.GetBytes(health.ToJson())
        );
    }
}
