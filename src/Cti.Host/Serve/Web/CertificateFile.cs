// The server's certificate, read again when its file changes: they are renewed every few weeks, and a service is not stopped for that.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cti.Host.Run;

namespace Cti.Host.Serve.Web;

/// <summary>One per server; safe from any thread.</summary>
/// <param name="certificate">PEM.</param>
/// <param name="key">PEM.</param>
/// <param name="environment">Told of files that do not hold; the certificate from before goes on.</param>
internal sealed class CertificateFile(string certificate, string key, RunEnvironment environment)
{
    private readonly Lock _reading = new();
    private X509Certificate2? _current;
    private DateTime _writtenAt;

    /// <summary>The certificate as it is now.</summary>
    public X509Certificate2? Read()
    {
        lock (_reading)
        {
            var writtenAt = File.GetLastWriteTimeUtc(certificate);
            if (_current is not null && writtenAt == _writtenAt)
            {
                return _current;
            }

            _writtenAt = writtenAt;
            try
            {
                // Connections under way keep the one they began with.
                _current = X509Certificate2.CreateFromPemFile(certificate, key);
            }
            catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
            {
                environment.Error.WriteLine(
                    $"CTI-SERVE-004 {certificate}, {key}: {error.Message} The certificate from before goes on."
                );
            }

            return _current;
        }
    }
}
