using System.Reflection;
using System.Security.Cryptography;

namespace ALoRA.Onnx.Server.Page;

/// <summary>A file of the page, which lies within the program, so that it is there wherever the program is. Immutable.</summary>
internal sealed class PageFile
{
    private const string Prefix = "page/";

    private PageFile(string path, string mediaType, byte[] content)
    {
        Path = path;
        MediaType = mediaType;
        Content = content;
        Tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(..16))}\"";
    }

    /// <summary>Where it is asked for.</summary>
    public string Path { get; }

    public string MediaType { get; }

    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>Its entity tag: another content has another one.</summary>
    public string Tag { get; }

    /// <summary>Reads all files; <c>index.html</c> is at <c>/</c>.</summary>
    public static IReadOnlyList<PageFile> ReadAll()
    {
        Assembly assembly = typeof(PageFile).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => new PageFile(
                    name == $"{Prefix}index.html" ? "/" : $"/{name}", MediaTypeOf(name), Read(assembly, name))),
        ];
    }

    private static byte[] Read(Assembly assembly, string name)
    {
        using Stream stream = assembly.GetManifestResourceStream(name)!;
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    private static string MediaTypeOf(string name) => System.IO.Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        string other => throw new InvalidOperationException($"The page has a file that ends in '{other}', which has no media type here."),
    };
}
