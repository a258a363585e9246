using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>Finds native libraries that the machine may lack.</summary>
internal static class LibrarySearch
{
    /// <summary>Loads the first that there is.</summary>
    /// <param name="names">File names, in the order in which they are tried, where the system looks for libraries.</param>
    /// <param name="library">Its handle.</param>
    /// <param name="name">Its name.</param>
    public static bool TryLoad(IReadOnlyList<string> names, out nint library, [NotNullWhen(true)] out string? name)
    {
        foreach (string candidate in names)
        {
            if (NativeLibrary.TryLoad(candidate, out library))
            {
                name = candidate;
                return true;
            }
        }

        library = 0;
        name = null;
        return false;
    }
}
