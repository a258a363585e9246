using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Hub;

/// <summary>Names that come from the hub, of which none may lead out of the folder it is meant for.</summary>
internal static class HubPath
{
    private const int CommitDigits = 40;

    /// <summary>Whether a text is a hash in lower-case hexadecimal digits.</summary>
    public static bool IsHash(string text, int digits) => text.Length == digits && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The commit, if it is one.</summary>
    /// <exception cref="CommandFailedException">It is none.</exception>
    public static string Commit(string text) => IsHash(text, CommitDigits)
        ? text
        : throw new CommandFailedException(ExitCode.BadInput, $"The hub named the commit '{text}', expected 40 hexadecimal digits.");

    /// <summary>The path below a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="path">A path with slashes, as the hub or a user gives it.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <exception cref="CommandFailedException">The path would lead out of the folder, or is no name on every system.</exception>
    public static string Below(string folder, string path, string what)
    {
        bool isSafe = path.Split('/').All(IsName);
        string full = isSafe ? Path.GetFullPath(Path.Combine([folder, .. path.Split('/')])) : "";
        return isSafe && full.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new CommandFailedException(
                ExitCode.BadInput, $"{what} '{path}' is refused: it is no plain path below a folder. Nothing was written for it.");
    }

    private static bool IsName(string part) =>
        part.Length > 0
        && part is not ("." or "..")
        && !part.EndsWith('.')
        && !part.EndsWith(' ')
        && !part.Any(letter => char.IsControl(letter) || letter is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|');
}
