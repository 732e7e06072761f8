"use strict";

(() => {
  const { element, by, fill, act } = Darkstar;

  function finding(each) {
    return element("li", [
      element("span", each.area, { class: "area" }),
      element("span", each.text),
      each.remedy ? element("span", each.remedy, { class: "remedy" }) : null,
      each.proposals.length
        ? element("span", ["Would fit: ", ...each.proposals.map((id) => element("code", id, { class: "chip" }))], { class: "fits row" })
        : null,
    ]);
  }

  function group(each) {
    return element("details", [
      element("summary", [element("span", `${each.findings.length}`, { class: "mark" }), ` ${each.title.toLowerCase()}`]),
      element("ul", each.findings.map(finding)),
    ], { class: `card ${each.grade}`, open: each.grade === "fault" || each.grade === "advice" });
  }

  by("#again").onclick = () => act("look_again");
  by("#bundle").onclick = async () => {
    const answer = await act("replay_bundle");
    if (!answer) return;
    const address = URL.createObjectURL(new Blob([answer.content], { type: "application/json" }));
    element("a", [], { href: address, download: answer.file }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };

  Darkstar.page({
    show(data) {
      fill("#words", data.verdict);
      by("#words").style.color = data.is_well ? "var(--good)" : "var(--bad)";
      fill("#when", data.looked_at);
      by("#bundle").disabled = data.plan_id === null;
      fill("#groups", data.groups.filter((each) => each.findings.length).map(group));
    },
  });
})();
