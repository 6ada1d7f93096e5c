// What makes a connection impossible before anybody was asked, or once a server leads astray. Each folder that connects gives it a code of its own.

namespace Cti.Host.Net;

/// <summary>A declared setting cannot be used: it will not go well the next time either.</summary>
internal sealed class ConnectionException : Exception
{
    private ConnectionException(ConnectionProblem problem, string message, Exception? cause = null)
        : base(message, cause) => Problem = problem;

    public ConnectionProblem Problem { get; }

    public static ConnectionException BadCertificate(string key, string path, Exception cause) =>
        new(ConnectionProblem.Certificate, $"`{key}`: {path} cannot be used: {Words(cause)}", cause);

    public static ConnectionException BadUrl() =>
        new(
            ConnectionProblem.Url,
            "what the references in a URL (`url`, `proxy`) resolve to makes no URL of the right scheme"
        );

    public static ConnectionException Redirect(string message) => new(ConnectionProblem.Redirect, message);

    /// <summary>The innermost exception says what happened; those around it say where in the library.</summary>
    public static string Words(Exception error)
    {
        while (error.InnerException is not null)
        {
            error = error.InnerException;
        }

        return error.Message.TrimEnd('.', ' ').ReplaceLineEndings(" ");
    }
}

/// <summary>What cannot be used.</summary>
internal enum ConnectionProblem
{
    /// <summary>A PEM file of ours.</summary>
    Certificate,

    /// <summary>A URL, once its references are resolved.</summary>
    Url,

    /// <summary>Where a server sends us.</summary>
    Redirect,
}
