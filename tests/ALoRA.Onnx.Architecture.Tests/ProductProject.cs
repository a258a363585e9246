using System.Xml.Linq;
using Microsoft.CodeAnalysis.CSharp;

namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>A project of the repository: its project file and its sources.</summary>
internal sealed class ProductProject
{
    private readonly XDocument _file;

    /// <summary>Reads the project of a folder.</summary>
    /// <param name="folder">Folder relative to the repository, with <c>/</c>.</param>
    public ProductProject(string folder)
    {
        string fullPath = Path.Combine(RepositoryFolder.Root, folder);
        Folder = folder;
        _file = XDocument.Load(Path.Combine(fullPath, $"{Name}.csproj"));
        Sources = [.. SourceFile.Below(fullPath), .. Linked(fullPath)];
    }

    /// <summary>Folder relative to the repository.</summary>
    public string Folder { get; }

    /// <summary>Its sources, with paths relative to its folder; those that it links have the path of their link.</summary>
    public IReadOnlyList<SourceFile> Sources { get; }

    /// <summary>Name of the folder and of the project file.</summary>
    public string Name => Path.GetFileName(Folder);

    /// <summary>Name of the assembly that is built from it.</summary>
    public string AssemblyName => Property("AssemblyName") ?? Name;

    /// <summary>Namespace of its public types.</summary>
    public string RootNamespace => Property("RootNamespace") ?? Name;

    /// <summary>Names of the projects that it references.</summary>
    public IEnumerable<string> ProjectReferences =>
        Items("ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')));

    /// <summary>Its references as the table of projects has them.</summary>
    public ProjectRow References => new(Sorted(ProjectReferences), Sorted(Items("PackageReference")), Sorted(Items("InternalsVisibleTo")));

    /// <summary>The projects of the repository that are products, whether or not a table has them.</summary>
    public static IReadOnlyList<ProductProject> LoadAll() =>
    [
        .. new[] { "src", "export" }
            .SelectMany(top => Directory.GetDirectories(Path.Combine(RepositoryFolder.Root, top))
                .Select(path => $"{top}/{Path.GetFileName(path)}"))
            .Where(folder => File.Exists(Path.Combine(RepositoryFolder.Root, folder, $"{Path.GetFileName(folder)}.csproj")))
            .OrderBy(folder => folder, StringComparer.Ordinal)
            .AsParallel().AsOrdered().Select(folder => new ProductProject(folder)),
    ];

    /// <summary>Compiles the sources; of the other projects they see those that this one references, even through another one.</summary>
    /// <param name="all">All projects.</param>
    public CSharpCompilation Compile(IReadOnlyList<ProductProject> all)
    {
        HashSet<string> seen = [];
        Queue<string> open = new(ProjectReferences);
        while (open.TryDequeue(out string? name))
        {
            if (seen.Add(name))
            {
                all.Single(project => project.Name == name).ProjectReferences.ToList().ForEach(open.Enqueue);
            }
        }

        IEnumerable<ProductProject> unseen = all.Where(project => !seen.Contains(project.Name));
        return Compilations.Of(AssemblyName, Sources, [.. unseen.Select(project => project.AssemblyName)]);
    }

    /// <summary>A list of names in order, with spaces between.</summary>
    public static string Sorted(IEnumerable<string> names) => string.Join(' ', names.Order(StringComparer.Ordinal));

    private IEnumerable<SourceFile> Linked(string fullPath) =>
        from item in _file.Descendants("Compile")
        let link = (string?)item.Attribute("Link")
        where link is not null && !SourceFile.IsGenerated(link)
        let path = ((string)item.Attribute("Include")!).Replace('\\', '/')
        select new SourceFile(link, File.ReadAllText(Path.Combine(fullPath, path)));

    private IEnumerable<string> Items(string kind) =>
        _file.Descendants(kind).Select(item => (string?)item.Attribute("Include")).OfType<string>();

    private string? Property(string name) => (string?)_file.Descendants(name).FirstOrDefault();
}
