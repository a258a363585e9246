using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Names of repositories on the hub, <c>ORGANISATION/MODEL</c>.</summary>
internal static partial class HubName
{
    private const int LongestPart = 96;

    /// <summary>Whether a text could be such a name.</summary>
    public static bool IsOne(string text) =>
        Pattern().IsMatch(text)
        && text.Split('/').All(part => part.Length <= LongestPart)
        && !text.Contains("--", StringComparison.Ordinal)
        && !text.Contains("..", StringComparison.Ordinal);

    // Letters, digits, and single marks between them.
    [GeneratedRegex(@"\A[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9_])?/[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_])?\z", RegexOptions.ECMAScript)]
    private static partial Regex Pattern();
}
