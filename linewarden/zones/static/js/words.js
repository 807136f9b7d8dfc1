// Every word of this page: [Chinese, English]; those of the desk are there too.

import { WORDS } from "/static/js/words.js";

Object.assign(WORDS, {
  zones_page: ["区域与试跑", "Zones and tries"], camera_is: ["摄像机", "camera"], counts: ["{n} 区域 · {m} 规则", "zones {n} · rules {m}"],
  new_zone: ["新区域", "Zone"], new_exit: ["新出口", "Exit"], points_n: ["{n} 点", "{n} points"], whole_picture: ["整个画面", "Whole picture"], no_rules: ["还没有规则", "no rule yet"],
  undo_edit: ["撤销", "Undo"], redo_edit: ["重做", "Redo"], save_file: ["保存", "Save"], try_it: ["试跑", "Try"], cancel_try: ["取消", "Cancel"], select_mode: ["选择", "Select"],
  add_point: ["加点", "Add point"], drop_point: ["删点", "Delete point"], errors_n: ["{n} 处错误", "{n} to correct"], saved_as: ["已保存到 {file}", "saved to {file}"], unsaved: ["未保存", "not saved"], all_saved: ["与文件一致", "as in the file"],
  saved_beside: ["{file}：原文件的写法放不进新列表，已写在旁边，原文件未动", "{file}: the file's layout does not take new lists; written beside it, the file is untouched"],
  restored: ["已恢复浏览器里未保存的内容", "What was not saved is restored from this browser"], discard: ["丢弃，按文件重来", "Discard, begin from the file"],
  new_file: ["新文件", "new file"], no_config: ["没有给出 --config：可复制或下载", "no --config given: copy or download"],
  draw_hint: ["点击加点；Enter 或双击闭合；Esc 取消。键盘：方向键移动十字，空格加点", "Click to add points; Enter or double click closes; Esc cancels. Keyboard: arrows move the cross, Space adds a point"],
  along_hint: ["点两下：通行方向的起点和终点", "Click twice: where the walking direction begins and ends"],
  first_hint: ["先画一个区域：按 P（区域）或 X（出口），再在画面上点", "Draw a zone first: press P (zone) or X (exit), then click on the picture"],
  point: ["点", "point"], of_points: ["{n} / {m}", "{n} / {m}"], frame_size: ["画面", "frame"], px_1: ["1 px", "1 px"], px_10: ["10 px", "10 px"], time_pos: ["时间", "Time"],
  zone_name: ["名称", "name"], far_px: ["远处高", "far"], near_px: ["近处高", "near"], object_px: ["最小目标", "smallest object"], object_hint: ["远区：最小目标在区域最上、最下处的像素高", "far zone: height of the smallest object at its top and bottom"],
  delete_zone: ["删除区域", "Delete zone"], delete_rule: ["删除规则", "Delete rule"], add_rule: ["加规则", "Add rule"], rule_n: ["规则", "Rule"], zone_t: ["区域", "Zone"],
  use: ["用", "use"], after: ["持续", "after"], clear: ["清除", "clear"], level: ["级别", "level"], rule_id: ["编号", "id"], who_classes: ["谁", "who"], width: ["净宽不足", "width under"], area: ["覆盖至少", "area from"], towards: ["驶向", "towards"],
  within: ["多久之内", "within"], odds: ["概率", "odds"], least_speed: ["最低速度", "least speed"], at_least: ["至少人数", "at least"], along: ["通行方向", "direction"], draw_along: ["在画面上画", "Draw"], remove: ["去掉", "Remove"], more_keys: ["其他 YAML", "more YAML"],
  group_PIPE: ["管道预设", "Pipeline presets"], group_FIF: ["厂中厂预设", "Plant presets"], group_plain: ["普通规则", "Plain rules"],
  form_tab: ["设置", "Settings"], yaml_tab: ["YAML", "YAML"], copy_lists: ["复制区域与规则", "Copy zones and rules"], download_file: ["下载", "Download"], copied: ["已复制", "Copied"], marked_lines: ["亮行是将要改动的", "bright lines are what saving changes"], beside_only: ["此文件的写法放不进新列表：保存将写在旁边", "the file's layout does not take new lists: saving writes beside it"],
  recording: ["录像", "Recording"], inside: ["在内", "inside"], counting: ["计时", "counting"], active: ["成立", "active"], clearing: ["清除中", "clearing"], fired: ["触发", "fired"], times: ["次", "fired"],
  would_fire: ["会触发", "Would have fired"], nothing_fired: ["没有触发", "nothing fired"], nothing_fired_what: ["看时间轴：谁在内、离触发差多少；改小“持续”再试", "See in the timeline who was inside and what was lacking; try a shorter “after”"],
  not_tried: ["还没有试跑", "Not tried yet"], not_tried_what: ["画好区域、选好规则，按 T 在整段录像上试跑。第一次要逐帧检测，之后只重算规则。", "Draw a zone, choose a rule, press T to run it on the whole recording. The first try detects in every picture; later ones run the rules alone."],
  trying: ["试跑中 {at} / {of} s", "trying, {at} of {of} s"], stale: ["按改动前的设置；按 T 重试", "by earlier settings; T tries again"], try_failed: ["试跑失败：{why}", "The try failed: {why}"], try_cancelled: ["已取消", "cancelled"],
  kind_doubt: ["未确认", "not confirmed"], not_fired: ["{s} s < {after} s 未触发", "{s} s < {after} s not fired"], curve_covered_share: ["覆盖", "covered"], curve_width_m: ["净宽 m", "width m"], curve_stir_share: ["动静", "stir"], curve_active_share: ["作业份额", "active"], curve_odds_share: ["概率", "odds"],
  wrong_title: ["需要改正", "To correct"], got: ["得到 {what}", "{what}"], allowed: ["应为：{what}", "wanted: {what}"],
  crossing: ["边 {a} 与边 {b} 相交：按绕行的顺序点角点", "edges {a} and {b} cross: place the corners in walking order"], outside: ["点 {n} 在画面之外：拖回画面内", "point {n} is outside of the picture: drag it back"], too_few: ["至少要 3 个点", "a zone needs at least 3 points"],
  name_missing: ["名称不能空", "a zone needs a name"], name_bad: ["名称以字母或数字开头，只用字母、数字和 . _ -，最多 64 个", "a name begins with a letter or digit and has letters, digits, . _ - only, 64 at most"], name_double: ["名称 {id} 用了两次", "the name {id} is used twice"], name_taken: ["picture 是整个画面的名称", "picture is the name of the whole picture"],
  no_unit: ["{what} 要带单位：8s、500ms、2m", "{what} carries its unit: 8s, 500ms, 2m"], zone_gone: ["规则指向的区域 {id} 不存在", "the rule's zone {id} is not there"], shape_differs: ["画面比例与录像不同：{a} 对 {b}", "its frame has another shape than the recording: {a}, {b}"],
  server_gone: ["与 linewarden zones 断开", "linewarden zones does not answer"], server_gone_what: ["所画内容在浏览器里；重新运行命令后用新链接打开。", "What is drawn is kept in this browser; run the command again and open its new link."], frame_broken: ["此处画面打不开", "this picture cannot be shown"],
  confirm_delete: ["已删除 {id}（Ctrl+Z 撤销）", "{id} deleted (Ctrl+Z takes it back)"], said_point: ["点 {n}，共 {m}：x {x} y {y}", "point {n} of {m}: x {x} y {y}"], closed: ["区域已闭合", "zone closed"],
  keys_title: ["键盘", "Keyboard"], k_p: ["画新区域", "draw a zone"], k_x: ["画新出口", "draw an exit"], k_enter: ["闭合", "close"], k_arrows: ["移动点或十字（Shift 10 px）；无选点时走一步", "move the point or cross (Shift 10 px); without a point, step in time"], k_space: ["画时加点；否则播放", "add a point while drawing, else play"], k_brackets: ["上/下一个点", "previous, next point"], k_i: ["在边上加点", "insert a point on the edge"], k_del: ["删点（Shift 删区域）", "delete the point (Shift: the zone)"],
  k_jk: ["下/上一个区域", "next, previous zone"], k_a: ["画通行方向", "draw the walking direction"], k_r: ["加规则", "add a rule"], k_comma: ["退/进 0.25 s（Shift 1 s）", "0.25 s back, on (Shift 1 s)"], k_t: ["试跑或取消", "try, or cancel"], k_s: ["保存", "save"], k_y: ["设置 / YAML", "settings / YAML"], k_z: ["撤销 / 重做（Shift）", "undo, redo (Shift)"], k_esc: ["取消，放开选点", "cancel, let go of the point"],
  "use_machine-in-zone": ["机械在内", "machine in zone"], "use_vehicle-in-zone": ["车辆在内", "vehicle in zone"], "use_person-in-zone": ["人员在内", "person in zone"], "use_forklift-in-zone": ["叉车在内", "forklift in zone"], "use_class-in-zone": ["所选种类在内", "chosen classes in zone"],
  "use_camera-watch": ["摄像机异常", "camera watch"], use_gathering: ["人员聚集", "gathering"], "use_blocked-exit": ["出口堵塞", "blocked exit"], "use_fire-lane": ["消防车道堵塞", "fire lane"], "use_hidden-hydrant": ["遮挡消火栓", "hidden hydrant"], "use_shutter-down": ["卷帘落下", "shutter down"], use_piling: ["堆物占压", "piling"],
  "use_forklift-stopped": ["叉车停留", "forklift stopped"],
  use_smoke: ["烟", "smoke"], use_fire: ["火", "fire"], use_works: ["机械作业", "machine works"], "use_vehicle-stopped": ["车辆停留", "vehicle stopped"], "use_heavy-vehicle-stopped": ["重车停留", "heavy vehicle stopped"], use_approach: ["机械逼近", "machine approaching"], "use_repeated-passes": ["重车反复碾压", "repeated passes"],
  class_machine: ["施工机械", "machine"], class_smoke: ["烟雾", "smoke"],
});

export { WORDS };
