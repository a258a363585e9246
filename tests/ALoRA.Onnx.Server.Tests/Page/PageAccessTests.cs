using ALoRA.Onnx.Server.Tests.Endpoints;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace ALoRA.Onnx.Server.Tests.Page;

/// <summary>Whether everybody can use the page: with a keyboard, a screen reader, in the dark, on a telephone.</summary>
[TestClass]
public sealed class PageAccessTests
{
    [TestMethod]
    [DataRow("light", 1280, 900)]
    [DataRow("dark", 1280, 900)]
    [DataRow("light", 400, 800)]
    [DataRow("dark", 400, 800)]
    public async Task Axe_ConversationAndDialog_FindsNothing(string colours, int width, int height)
    {
        await using PageBrowser browser = await PageBrowser.OpenAsync((await ApiServer.DemoAsync()).Address, new BrowserNewContextOptions
        {
            ColorScheme = colours == "dark" ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new ViewportSize { Width = width, Height = height },

            // The checker is a script that is laid into the page, which the page's policy forbids.
            BypassCSP = true,
        });
        await browser.Page.GetByLabel("Ask jailbreak about").SelectOptionAsync("question");
        await browser.AskAsync("What is 47 + 38?");
        await browser.AskAsync("Compute 17 + 25.");
        await browser.Page.EvaluateAsync("document.querySelectorAll('details').forEach(one => { one.open = true; })");
        AreNone(await browser.Page.RunAxe());

        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "API key" }).ClickAsync();
        AreNone(await browser.Page.RunAxe());
    }

    [TestMethod]
    [DataRow(400)]
    [DataRow(320)]
    public async Task NarrowScreen_AfterAnAnswer_NeedsNoScrollingToTheSide(int width)
    {
        await using PageBrowser browser = await PageBrowser.OpenAsync(
            (await ApiServer.DemoAsync()).Address,
            new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = width, Height = 800 } });

        await browser.AskAsync("What is 47 + 38?");

        Assert.IsLessThanOrEqualTo(width, await browser.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }

    [TestMethod]
    public async Task Keyboard_TabFromTheStart_ReachesEverythingAndIsSeen()
    {
        await using PageBrowser browser = await PageBrowser.OpenAsync((await ApiServer.DemoAsync()).Address);
        IPage page = browser.Page;
        await browser.HasTextAsync("#about", "alora-demo");
        await page.EvaluateAsync("document.activeElement.blur()");
        HashSet<string> reached = [];
        bool isAllSeen = true;
        for (int i = 0; i < 40; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            reached.Add(await page.EvaluateAsync<string>(
                "(e => e.id || e.getAttribute('aria-label') || e.textContent)(document.activeElement)"));
            isAllSeen &= await page.EvaluateAsync<bool>(
                "(e => e === document.body || getComputedStyle(e).outlineStyle !== 'none')(document.activeElement)");
        }

        foreach (string name in (string[])["Skip to the message box", "key-button", "log", "question", "send", "clear", "Settings",
            "Requests in the batch", "Adapters", "Ask certainty about", "All, as Prometheus reads them"])
        {
            Assert.Contains(name, reached, string.Join(", ", reached));
        }

        Assert.IsTrue(isAllSeen);
    }

    [TestMethod]
    public async Task ScreenReader_Roles_SayWhatIsLiveAndWhatIsWhere()
    {
        await using PageBrowser browser = await PageBrowser.OpenAsync((await ApiServer.DemoAsync()).Address);
        IPage page = browser.Page;
        ILocator log = page.GetByRole(AriaRole.Log, new() { Name = "Conversation" });

        Assert.AreEqual("polite", await log.GetAttributeAsync("aria-live"));
        Assert.AreEqual(1, await page.GetByRole(AriaRole.Status).CountAsync());
        Assert.AreEqual(1, await page.GetByRole(AriaRole.Main).CountAsync());
        Assert.AreEqual(1, await page.GetByRole(AriaRole.Heading, new() { Level = 1 }).CountAsync());
        Assert.AreEqual(1, await page.GetByRole(AriaRole.Textbox, new() { Name = "Your message" }).CountAsync());
        Assert.AreEqual("en", await page.Locator("html").GetAttributeAsync("lang"));
    }

    private static void AreNone(AxeResult result)
    {
        string[] found =
        [
            .. result.Violations.Select(
                one => $"{one.Impact} {one.Id}: {one.Help} at {string.Join(", ", one.Nodes.Select(node => node.Target))}"),
        ];
        Assert.IsEmpty(found, string.Join('\n', found));
        Assert.IsGreaterThan(10, result.Passes.Length);
    }
}
