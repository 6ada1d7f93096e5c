// What a check found: fine, worth knowing, or broken; and what to do about it.

using System.Text.Json;

namespace Cti.Host.Doctor;

/// <summary>How a check ended. The names are printed.</summary>
internal enum Health
{
    Ok,

    /// <summary>It works, but somebody should know.</summary>
    Warn,

    /// <summary>Something will not work.</summary>
    Fail,
}

/// <summary>One line of <c>cti doctor</c>.</summary>
/// <param name="Health">How it is.</param>
/// <param name="Subject">What was looked at: "store", "source feed".</param>
/// <param name="Detail">What was found, in one sentence.</param>
/// <param name="Remedy">What to do; empty where nothing is to be done.</param>
internal sealed record Finding(Health Health, string Subject, string Detail, string Remedy = "")
{
    public static Finding Ok(string subject, string detail) => new(Health.Ok, subject, detail);

    public static Finding Warn(string subject, string detail, string remedy) =>
        new(Health.Warn, subject, detail, remedy);

    public static Finding Fail(string subject, string detail, string remedy) =>
        new(Health.Fail, subject, detail, remedy);

    public void WriteJson(Utf8JsonWriter json, string? pipeline)
    {
        json.WriteStartObject();
        json.WriteString("pipeline", pipeline);
        json.WriteString("status", Name);
        json.WriteString("subject", Subject);
        json.WriteString("detail", Detail);
        json.WriteString("remedy", Remedy);
        json.WriteEndObject();
    }

    /// <summary>ok, warn or fail.</summary>
    public string Name =>
        Health switch
        {
            Health.Ok => "ok",
            Health.Warn => "warn",
            _ => "fail",
        };
}
