using System.Reflection;

namespace ALoRA.Onnx.Server.Operations;

/// <summary>The version of this product.</summary>
internal static class ProductVersion
{
    /// <summary>Without what the build appends.</summary>
    public static string Text { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "0.0.0";
}
