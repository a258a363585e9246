namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>Where the instructions of a request go: most templates take one system message, and only as the first.</summary>
internal static class SystemInstructions
{
    /// <summary>The content of the first message if it is the system's, with instructions before it.</summary>
    /// <param name="instructions">Instructions of the request, not empty.</param>
    /// <param name="system">The system message that there is; null if there is none.</param>
    public static string Join(string instructions, string? system) => system is null ? instructions : $"{instructions}\n\n{system}";
}
