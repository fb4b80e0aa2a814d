export class DoodleEngine {}
