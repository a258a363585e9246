using Microsoft.CodeAnalysis.CSharp;

namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>Holds the sources of the products to the tables of <see cref="House"/>.</summary>
[TestClass]
public sealed class ArchitectureTests
{
    private const int Shown = 50;

    private static readonly Lazy<IReadOnlyList<ProductProject>> Projects = new(ProductProject.LoadAll);

    private static readonly Lazy<IReadOnlyList<(ProductProject Project, CSharpCompilation Code)>> Compiled =
        new(() => [.. Projects.Value.Select(project => (project, project.Compile(Projects.Value)))]);

    [TestMethod]
    public void References_OfEachFolder_GoDownOnly()
    {
        List<string> broken = [];
        foreach ((ProductProject project, CSharpCompilation code) in Compiled.Value)
        {
            LayerOrder order = new(House.Layers.GetValueOrDefault(project.Folder, []));
            broken.AddRange(ReferenceFinder.Find(code, order).Select(reference => $"{project.Folder}: {reference}"));
        }

        Check(
            broken,
            "references go up or sideways. A folder uses only folders in the lines before its own in House.Layers: move what is used "
            + "down, or its user up, or have the lower folder declare an interface that the upper one implements.");
    }

    [TestMethod]
    public void Folders_OfEachProject_AreThoseOfTheTable()
    {
        List<string> broken = [];
        foreach (ProductProject project in Projects.Value)
        {
            HashSet<string> onDisk = [.. project.Sources.Select(source => LayerOrder.FolderOf(source.Path))];
            HashSet<string> inTable = [.. new LayerOrder(House.Layers.GetValueOrDefault(project.Folder, [])).Folders];
            broken.AddRange(onDisk.Except(inTable).Order()
                .Select(folder => $"{project.Folder}/{folder} has C# files and is in no line of House.Layers"));
            broken.AddRange(inTable.Except(onDisk).Order()
                .Select(folder => $"{project.Folder}/{folder} is in a line of House.Layers and has no C# file"));
        }

        broken.AddRange(House.Layers.Keys.Except(Projects.Value.Select(project => project.Folder)).Except(House.Rooms)
            .Select(folder => $"{folder} is a row of House.Layers and not on disk"));
        Check(broken, "folders differ. Put a new folder into the line above all that it uses; take one that is gone out.");
    }

    [TestMethod]
    public void References_OfEachProjectFile_AreThoseOfTheTable()
    {
        List<string> broken = [];
        foreach (ProductProject project in Projects.Value)
        {
            if (!House.Projects.TryGetValue(project.Folder, out ProjectRow? row))
            {
                broken.Add($"{project.Folder} is no row of House.Projects");
                continue;
            }

            ProjectRow got = project.References;
            broken.AddRange(Difference(project, "ProjectReference", row.Projects, got.Projects));
            broken.AddRange(Difference(project, "PackageReference", row.Packages, got.Packages));
            broken.AddRange(Difference(project, "InternalsVisibleTo", row.Friends, got.Friends));
        }

        broken.AddRange(House.Projects.Keys.Except(Projects.Value.Select(project => project.Folder)).Except(House.Rooms)
            .Select(folder => $"{folder} is a row of House.Projects and not on disk"));
        Check(broken, "items of project files differ. What a project may use is a decision: change House.Projects only if it is meant.");
    }

    [TestMethod]
    public void Namespaces_OfTopLevelTypes_AreThoseOfProjectOrFolder() => Check(
        [
            .. Compiled.Value.SelectMany(entry => NamespaceRules
                .Broken(entry.Code, entry.Project.RootNamespace, House.ForeignNamespaces, House.FolderNamespaces)
                .Select(sentence => $"{entry.Project.Folder}/{sentence}")),
        ],
        "types are in another namespace. A public type is in its project's root namespace, an internal one in root + folder.");

    [TestMethod]
    public void EventIds_OfEachProject_OccurOnce()
    {
        var events = Compiled.Value.Select(entry => (entry.Project, Events: LogEvents.Of(entry.Code))).ToList();
        Assert.IsTrue(events.Exists(entry => entry.Events.Count > 0), "No project has a [LoggerMessage], so that nothing was compared.");
        Check(
            [.. events.SelectMany(entry => LogEvents.Broken(entry.Events).Select(sentence => $"{entry.Project.Folder}: {sentence}"))],
            "log messages cannot be told apart. Give the newer one the next free id of its folder's range.");
    }

    [TestMethod]
    public void Lines_OfAllFiles_AreNotTooWide() => Check(
        [
            .. SourceFile.OfRepository().Where(source => !House.RawStringFiles.Contains(Path.GetFileName(source.Path)))
                .SelectMany(SizeRules.WideLines),
        ],
        $"lines are wider than {SizeRules.MaximumWidth} characters. Wrap them; a file with raw strings of other people's text goes to "
        + "House.RawStringFiles.");

    [TestMethod]
    public void Files_OfAllProjects_AreNotTooLong() => Check(
        [
            .. SourceFile.OfRepository().Where(source => SizeRules.LinesOf(source) > SizeRules.MaximumLines)
                .Select(source => $"{source.Path}: {SizeRules.LinesOf(source)} lines"),
        ],
        $"files have more than {SizeRules.MaximumLines} lines. Split them by what they do.");

    [TestMethod]
    public void Usings_OfEachProject_AreKnown() => Check(
        [
            .. Compiled.Value
                .SelectMany(entry => ReferenceFinder.FindUnknownUsings(entry.Code).Select(place => $"{entry.Project.Folder}/{place}"))
                .Where(place => !House.GeneratedNamespaces.Any(name => place.Contains($": {name}", StringComparison.Ordinal))),
        ],
        "usings stand for nothing, so that references through them are not seen. Reference the assembly in this test's project; a "
        + "namespace that only generated code has goes to House.GeneratedNamespaces.");

    private static IEnumerable<string> Difference(ProductProject project, string kind, string expected, string got)
    {
        string[] before = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] after = got.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string file = $"{project.Folder}/{project.Name}.csproj";
        return after.Except(before).Select(name => $"{file}: {kind} {name} is not in House.Projects")
            .Concat(before.Except(after).Select(name => $"{file}: no {kind} {name}, which House.Projects has"));
    }

    private static void Check(List<string> broken, string whatToDo)
    {
        if (broken.Count > 0)
        {
            string more = broken.Count > Shown ? $"\n... and {broken.Count - Shown} more." : "";
            Assert.Fail($"{broken.Count} {whatToDo}\n{string.Join('\n', broken.Take(Shown))}{more}");
        }
    }
}
