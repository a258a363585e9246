using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Lifetime;

/// <summary>
/// Paths that are answered at any time: while the server stops, and the first two also without a key. So are questions of other servers.
/// </summary>
internal static class Probes
{
    public const string Health = "/health";
    public const string Ready = "/ready";
    public const string Version = "/version";
    public const string Metrics = "/metrics";

    /// <summary>Below it servers ask each other, with a key of their own that whoever answers looks at.</summary>
    public const string Internal = "/internal";

    /// <summary>Whether a path is answered while the server stops.</summary>
    public static bool Has(PathString path) => NeedsNoKey(path) || path == Version || path == Metrics;

    /// <summary>Whether a path is answered without a key of a client.</summary>
    public static bool NeedsNoKey(PathString path) => path == Health || path == Ready || path.StartsWithSegments(Internal);
}
